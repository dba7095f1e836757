import { copyFileSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';

// CommonJS, few files: quicker to load than modules, and all that is used is in them, so that the .vsix needs no node_modules.
const shared: Options = {
  format: 'cjs',
  target: 'node22',
  platform: 'node',
  minify: true,
  splitting: false,
  noExternal: [/^(?!vscode$)/],
  external: ['vscode'],
  esbuildOptions(options) {
    // An extension host knows `vscode` in require() alone.
    options.supported = { ...options.supported, 'dynamic-import': false };
    // Its sources, of which only what is used comes along: its HTTP stays out where only stored credentials are read.
    options.alias = { '@caisson/registry-client': new URL('../registry-client/src/index.ts', import.meta.url).pathname };
  },
};

/** Files that the extension loads once they are needed: source below src/, and its place in dist/. */
const apart: Readonly<Record<string, string>> = { 'language/connection': 'language-client', 'backend/backends': 'backends' };

export default defineConfig([
  {
    ...shared,
    entry: { extension: 'src/extension.ts', ...Object.fromEntries(Object.entries(apart).map(([source, name]) => [name, `src/${source}.ts`])) },
    esbuildPlugins: [
      {
        name: 'apart',
        setup(build) {
          build.onResolve({ filter: /^\.\.?\// }, ({ kind, path }) => {
            const name = kind === 'dynamic-import' ? Object.entries(apart).find(([source]) => path.endsWith(`/${source.split('/').at(-1) ?? ''}.js`))?.[1] : undefined;
            return name === undefined ? undefined : { path: `./${name}.cjs`, external: true };
          });
        },
      },
    ],
  },
  {
    ...shared,
    entry: { 'language-server': 'src/language-server/main.ts' },
    async onSuccess() {
      copyFileSync('../dockerfile/caisson.lint.schema.json', 'dist/caisson.lint.schema.json');
    },
  },
  // Of the packages as they are built: their sources load parts on demand, and of such modules esbuild leaves out what others still need.
  { ...shared, entry: { 'registry-process': 'src/registries/process.ts' }, esbuildOptions: () => {} },
  // Pages run in a browser, each from one script.
  { ...shared, entry: { 'webview/layers': 'src/webview/layers.ts', 'webview/build': 'src/webview/build.ts', 'webview/run': 'src/webview/run.ts' }, format: 'iife', platform: 'browser', target: 'chrome128', outExtension: () => ({ js: '.js' }) },
  // What the tests in the editor run; not packed. Mocha finds its own parts at run time.
  { ...shared, entry: { 'test/suite': 'test/editor/suite/index.ts' }, minify: false, noExternal: [/^(?!vscode$|mocha$)/], external: ['vscode', 'mocha'] },
]);
