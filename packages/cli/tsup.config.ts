import { defineConfig } from 'tsup';

export default defineConfig({
  entry: ['src/main.ts', 'src/index.ts'],
  format: 'esm',
  target: 'node22',
  dts: { entry: 'src/index.ts' },
  clean: true,
  // One command loads only the chunks that it needs.
  splitting: true,
  minify: true,
  // Everything but native code is in the bundle: a single install, and quick to load.
  noExternal: [/^(?!koffi)/],
  external: ['koffi'],
  esbuildOptions(options) {
    // Bundled CommonJS (undici) asks for Node's own modules by require.
    options.banner = { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" };
  },
});
