import { defineConfig, type Options } from 'tsup';

// CommonJS, each process in one file: quicker to load than modules, and all that is used is in it, so that the .vsix needs no node_modules.
const shared: Options = { format: 'cjs', target: 'node22', platform: 'node', minify: true, splitting: false, noExternal: [/^(?!vscode$)/], external: ['vscode'] };

export default defineConfig([
  { ...shared, entry: { extension: 'src/extension.ts' } },
  { ...shared, entry: { 'language-server': 'src/language-server/main.ts' } },
  // What the tests in the editor run; not packed. Mocha finds its own parts at run time.
  { ...shared, entry: { 'test/suite': 'test/editor/suite/index.ts' }, minify: false, noExternal: [/^(?!vscode$|mocha$)/], external: ['vscode', 'mocha'] },
]);
