import { defineConfig, type Options } from 'tsup';
import { shortCommands } from './src/loader/short.js';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

const shared: Options = {
  removeNodeProtocol: false,
  target: 'node22',
  minify: true,
  // Everything but native code is in the bundle: a single install, and quick to load.
  noExternal: [/^(?!koffi)/],
  external: ['koffi'],
};

/** esbuild tells files by the host's own paths. */
const slashes = (path: string) => path.replaceAll('\\', '/');

/** Packages that are files of their own in dist, by the name of that file: src/bundles has an entry for each. */
const packages: Readonly<Record<string, string>> = {
  '@caisson/core': 'core',
  '@caisson/builder': 'builder',
  '@caisson/runtime-linux': 'linux',
  '@caisson/registry-client': 'registry',
  '@caisson/docker-api/client': 'docker-client',
  '@caisson/docker-api/server': 'docker-server',
};

/** Node's own modules that take a millisecond or more to load, and that most commands do not need. */
const dear = ['child_process', 'crypto', 'dgram', 'fs/promises', 'http', 'https', 'net', 'readline', 'readline/promises', 'stream', 'stream/promises', 'timers/promises', 'tls', 'worker_threads', 'zlib'];

/**
 * One large file would have to be read and compiled for the least of commands, and many small ones take longer still: packages are a file
 * each, read when something of them is first used. Node's dear modules wait for their first use too. Both are objects whose prototype is the
 * module: a bundle's imports are properties of such an object, and with nothing of its own there is nothing to copy.
 */
const lazily = (apart: readonly string[]): Plugin => ({
  name: 'lazily',
  setup(build) {
    const names = apart.map((name) => name.replaceAll('/', '\\/'));
    build.onResolve({ filter: new RegExp(`^(?:${names.join('|')})$`) }, ({ path, importer, namespace }) => (namespace === 'lazy' || slashes(importer).endsWith(`/src/bundles/${packages[path]}.ts`) ? undefined : { path, namespace: 'lazy', sideEffects: false }));
    // Other people's packages may take a module for what it exports by default; commander asks it for functions only.
    build.onResolve({ filter: new RegExp(`^(?:node:)?(?:${dear.map((name) => name.replace('/', '\\/')).join('|')})$`) }, ({ path, importer, namespace }) =>
      namespace === 'lazy' || (slashes(importer).includes('/node_modules/') && !/\/node_modules\/(?:@caisson|commander)\//.test(slashes(importer))) ? undefined : { path, namespace: 'lazy', sideEffects: false },
    );
    build.onResolve({ filter: /^\.\/[a-z-]+\.cjs$/ }, ({ path, namespace }) => (namespace === 'lazy' ? { path, external: true } : undefined));
    build.onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => {
      const file = packages[path];
      const source = `require(${JSON.stringify(file === undefined ? path : `./${file}.cjs`)})`;
      return { contents: file === 'core' ? `module.exports=Object.create(${source})` : `let m;module.exports=Object.create(new Proxy({},{get:(_,name)=>(m??=${source})[name]}))`, loader: 'js' };
    });
  },
});

/** What only some commands load: undici, which is more than all the rest, when something speaks to a registry; the linter; the Windows backend. */
const apart: Plugin = {
  name: 'apart',
  setup(build) {
    build.onResolve({ filter: /undici/ }, ({ kind, path }) => (kind === 'dynamic-import' ? { path: `./${path.includes('proxy') ? 'undici-proxy' : 'undici'}.cjs`, external: true } : undefined));
    // HTTP/2 is never offered (see Dispatchers of the registry client), and Node's own part of it takes milliseconds to load.
    // Nor is its other parser in use, which has to be asked for.
    build.onResolve({ filter: /\/(?:client-h2|milo\/(?:no-)?simd)\.js$/ }, ({ path, importer }) => (slashes(importer).includes('/undici/lib/') ? { path, namespace: 'none' } : undefined));
    build.onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'module.exports = undefined', loader: 'js' }));
    build.onResolve({ filter: /\/hyperv-engine\.js$/ }, ({ kind }) => (kind === 'dynamic-import' ? { path: './hyperv-engine.cjs', external: true } : undefined));
    build.onResolve({ filter: /\/lint-engine\.js$/ }, ({ kind }) => (kind === 'dynamic-import' ? { path: './lint-engine.cjs', external: true } : undefined));
  },
};

/** Leaves out the commands that are not short: start.ts has another file for them. */
const shortOnly: Plugin = {
  name: 'short-only',
  setup(build) {
    const kept = new Set(Object.values(shortCommands));
    build.onResolve({ filter: /^\.\/commands\/[a-z-]+\.js$/ }, ({ kind, path, importer }) => (kind === 'dynamic-import' && slashes(importer).endsWith('/src/commands.ts') && !kept.has(path.slice(11, -3)) ? { path, namespace: 'none' } : undefined));
    build.onLoad({ filter: /.*/, namespace: 'none' }, () => ({ contents: 'module.exports = undefined', loader: 'js' }));
  },
};

type Settings = Parameters<NonNullable<Options['esbuildOptions']>>[0];

/** Characters beyond ASCII would double the room and the time that a source takes; all files are loaded in one way (src/loader). */
function plain(options: Settings): void {
  options.charset = 'ascii';
  options.supported = { ...options.supported, 'dynamic-import': false };
}

const commonJs: Options = { ...shared, format: 'cjs', splitting: false, shims: true };

export default defineConfig([
  {
    ...commonJs,
    entry: ['src/main.ts', 'src/undici.ts', 'src/undici-proxy.ts', 'src/lint-engine.ts', 'src/hyperv-engine.ts', 'src/hyperv-helper.ts', ...Object.values(packages).map((file) => `src/bundles/${file}.ts`)],
    // All files beside each other: src/bundles/core.ts is dist/core.cjs.
    esbuildOptions(options) {
      options.entryNames = '[name]';
      plain(options);
    },
    clean: true,
    esbuildPlugins: [lazily(Object.keys(packages)), apart],
  },
  { ...commonJs, entry: ['src/short.ts'], esbuildPlugins: [lazily(Object.keys(packages).filter((name) => name !== '@caisson/core')), apart, shortOnly], esbuildOptions: plain },
  // Before each command of an ordinary user: with what it needs in it, and nothing else.
  { ...commonJs, entry: ['src/enter.ts'], esbuildPlugins: [apart], esbuildOptions: plain },
  // Before all, and compiled each time.
  { ...commonJs, entry: ['src/start.ts'], esbuildOptions: plain },
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
