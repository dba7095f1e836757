import { defineConfig, type Options } from 'tsup';

const shared: Options = {
  target: 'node22',
  minify: true,
  // Everything but native code is in the bundle: a single install, and quick to load.
  noExternal: [/^(?!koffi)/],
  external: ['koffi'],
};

export default defineConfig([
  {
    ...shared,
    // One file, as CommonJS: of many chunks or as ES modules it takes twice as long to load. What a command does not use is not run; undici,
    // which is more than all the rest, stays in a file of its own until something speaks to a registry, the linter until something is linted, and
    // the Windows backend on any other host.
    entry: ['src/main.ts', 'src/enter.ts', 'src/undici.ts', 'src/lint-engine.ts', 'src/hyperv-engine.ts', 'src/hyperv-helper.ts'],
    format: 'cjs',
    splitting: false,
    shims: true,
    clean: true,
    esbuildPlugins: [
      {
        name: 'apart',
        setup(build) {
          build.onResolve({ filter: /undici/ }, ({ kind }) => (kind === 'dynamic-import' ? { path: './undici.cjs', external: true } : undefined));
          build.onResolve({ filter: /\/hyperv-engine\.js$/ }, ({ kind }) => (kind === 'dynamic-import' ? { path: './hyperv-engine.cjs', external: true } : undefined));
          build.onResolve({ filter: /\/lint-engine\.js$/ }, ({ kind }) => (kind === 'dynamic-import' ? { path: './lint-engine.cjs', external: true } : undefined));
        },
      },
    ],
  },
  {
    ...shared,
    entry: ['src/index.ts'],
    format: 'esm',
    dts: true,
    splitting: true,
    esbuildOptions(options) {
      // Bundled CommonJS asks for Node's own modules by require.
      options.banner = { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" };
    },
  },
]);
