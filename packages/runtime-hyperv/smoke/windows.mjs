// The smoke suite for a real Windows machine (Windows 10 1809 / Server 2019 or later, as administrator, with the feature Containers):
//   node packages/runtime-hyperv/smoke/windows.mjs
// It builds Caisson, pulls the host's own Nano Server, and goes through the life of containers, layers, networks and builds with the command
// line, with each isolation that the host has. State is in a folder of its own, which is removed at the end.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { release, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nativeParts } from './native-parts.mjs';

if (process.platform !== 'win32') {
  console.error(`This suite is for Windows; here is ${process.platform}.`);
  process.exit(2);
}
const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const build = Number(release().split('.')[2]);
const tags = { 17763: 'ltsc2019', 19041: '2004', 19042: '20H2', 20348: 'ltsc2022', 25398: 'ltsc2022', 26100: 'ltsc2025' };
const image = process.env.CAISSON_SMOKE_IMAGE ?? `mcr.microsoft.com/windows/nanoserver:${tags[build] ?? 'ltsc2022'}`;
const data = mkdtempSync(join(tmpdir(), 'caisson-smoke-'));
const program = [join(root, 'packages/cli/bin/caisson.cjs'), '--data-root', join(data, 'data'), '--run-root', join(data, 'run')];

function caisson(args, options = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...program, ...args], { encoding: 'utf8', timeout: 900_000, ...options });
  return { status, stdout, stderr, all: `${stdout}${stderr}` };
}

function good(...args) {
  const result = caisson(args);
  assert.equal(result.status, 0, `caisson ${args.join(' ')}: ${result.all}`);
  return result.stdout.trim();
}

function reaches(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** @type {[name: string, run: () => unknown][]} */
const steps = [
  ['says what the host can do', () => assert.match(good('info'), /hyperv/)],
  ['pulls the base, foreign layers included', () => good('pull', image)],
  ['is told when an image is too new', () => {
    if (build >= 26100) return;
    const { status, all } = caisson(['pull', 'mcr.microsoft.com/windows/nanoserver:ltsc2025']);
    assert.notEqual(status, 0);
    assert.match(all, new RegExp(String(build)));
  }],
];

for (const isolation of ['process', 'hyperv'])
  steps.push(
    [`${isolation}: a program's output and exit code`, () => {
      const { status, stdout } = caisson(['run', '--rm', '--isolation', isolation, '--network', 'none', image, 'cmd', '/S', '/C', 'echo hello & exit 7']);
      assert.equal(status, 7);
      assert.match(stdout, /hello/);
    }],
    [`${isolation}: input goes in`, () => {
      const { stdout } = caisson(['run', '--rm', '-i', '--isolation', isolation, '--network', 'none', image, 'findstr', 'needle'], { input: 'hay\r\nneedle\r\n' });
      assert.match(stdout, /needle/);
    }],
    [`${isolation}: limits, environment, user, folder and a mount`, () => {
      const shared = join(data, `shared-${isolation}`);
      mkdirSync(shared);
      writeFileSync(join(shared, 'in.txt'), 'from the host');
      const out = good('run', '--rm', '--isolation', isolation, '--network', 'none', '-m', '512m', '--cpus', '1', '-e', 'A=one', '-u', 'ContainerAdministrator', '-w', 'C:\\mnt', '-v', `${shared}:C:\\mnt`, image, 'cmd', '/S', '/C', 'echo %A% %USERNAME% & type in.txt & echo back>out.txt');
      assert.match(out, /one ContainerAdministrator[\s\S]*from the host/);
    }],
    [`${isolation}: a detached container, exec, logs, stats, kill and removal`, () => {
      const id = good('run', '-d', '--isolation', isolation, '--network', 'none', image, 'cmd', '/S', '/C', 'echo started & ping -t localhost');
      assert.match(good('exec', id, 'cmd', '/C', 'echo inside'), /inside/);
      assert.match(good('logs', id), /started/);
      good('stats', '--no-stream', id);
      good('top', id);
      good('kill', id);
      assert.equal(good('wait', id), '137');
      good('rm', id);
    }],
    [`${isolation}: nat, a published port and DNS`, async () => {
      const id = good('run', '-d', '--isolation', isolation, '-p', '18099:18099', image, 'cmd', '/S', '/C', 'ping -t localhost');
      good('exec', id, 'cmd', '/C', 'ipconfig');
      // Nothing listens in Nano Server; that the port is taken on the host is what is looked at.
      await reaches(18099);
      good('rm', '-f', id);
    }],
    [`${isolation}: files in and out, and an image of a container`, () => {
      const file = join(data, `copied-${isolation}.txt`);
      writeFileSync(file, 'by hand');
      const id = good('create', '--isolation', isolation, '--network', 'none', '-u', 'ContainerAdministrator', image, 'cmd', '/S', '/C', 'type C:\\copied.txt>C:\\Users\\Public\\made.txt');
      good('cp', file, `${id}:C:\\copied.txt`);
      good('start', '-a', id);
      good('cp', `${id}:C:\\Users\\Public\\made.txt`, `${file}.back`);
      assert.equal(readFileSync(`${file}.back`, 'utf8'), 'by hand');
      good('commit', id, `smoke-commit-${isolation}`);
      assert.match(good('run', '--rm', '--isolation', isolation, '--network', 'none', `smoke-commit-${isolation}`, 'cmd', '/S', '/C', 'type C:\\Users\\Public\\made.txt'), /by hand/);
      good('rm', id);
    }],
    [`${isolation}: files of a container that runs`, () => {
      const file = join(data, `running-${isolation}.txt`);
      writeFileSync(file, 'while it ran');
      const id = good('run', '-d', '--isolation', isolation, '--network', 'none', '-u', 'ContainerAdministrator', image, 'cmd', '/S', '/C', 'ping -t localhost');
      const { status, all } = caisson(['cp', file, `${id}:C:\\Users\\Public\\running.txt`]);
      if (isolation === 'process') assert.match(good('exec', id, 'cmd', '/S', '/C', 'type C:\\Users\\Public\\running.txt'), /while it ran/);
      else assert.ok(status !== 0 && /Hyper-V isolation/.test(all), all);
      good('rm', '-f', id);
    }],
    [`${isolation}: a build with RUN and COPY`, () => {
      const context = join(data, `context-${isolation}`);
      mkdirSync(context);
      writeFileSync(join(context, 'file.txt'), 'copied');
      writeFileSync(join(context, 'Dockerfile'), `# escape=\`\nFROM ${image}\nUSER ContainerAdministrator\nWORKDIR C:\\app\nCOPY file.txt .\nRUN echo made>C:\\app\\made.txt\nCMD type C:\\app\\file.txt & type C:\\app\\made.txt\n`);
      good('build', '-t', `smoke-${isolation}`, context);
      assert.match(good('run', '--rm', '--isolation', isolation, '--network', 'none', `smoke-${isolation}`), /copied[\s\S]*made/);
    }],
    [`${isolation}: a monitor that is killed`, () => {
      const id = good('run', '-d', '--isolation', isolation, '--network', 'none', image, 'cmd', '/S', '/C', 'ping -t localhost');
      spawnSync('powershell', ['-Command', `Get-CimInstance Win32_Process | Where-Object { $_.CommandLine -match 'monitor' -and $_.CommandLine -match '${id.slice(0, 40)}' } | ForEach-Object { Stop-Process -Id $_.ProcessId -Force }`]);
      assert.match(good('ps', '-a'), /Exited \(137\)/);
      good('rm', id);
    }],
  );

let failed = 0;
let skipped = 0;
try {
  console.log('==> building');
  const shell = { cwd: root, stdio: 'inherit', shell: true };
  const does = (command) => {
    if (spawnSync(command, shell).status !== 0) throw new Error(`${command} failed`);
  };
  does('npm ci --ignore-scripts');
  const native = nativeParts(join(root, 'node_modules'), process.platform, process.arch);
  if (native.length > 0) does(`npm install --no-save --ignore-scripts ${native.join(' ')}`);
  does('npx nx build caisson');
  const hasHyperv = spawnSync('powershell', ['-Command', '(Get-Service vmms -ErrorAction SilentlyContinue).Status'], { encoding: 'utf8' }).stdout.trim() === 'Running';
  for (const [name, run] of steps) {
    if (name.startsWith('hyperv') && !hasHyperv) {
      skipped++;
      console.log(`skipped  ${name}: this host has no Hyper-V`);
      continue;
    }
    try {
      await run();
      console.log(`passed   ${name}`);
    } catch (error) {
      failed++;
      console.log(`FAILED   ${name}\n         ${error instanceof Error ? error.message : String(error)}`);
    }
  }
} finally {
  spawn(process.execPath, [...program, 'container', 'prune', '-f'], { stdio: 'ignore' }).once('exit', () => rmSync(data, { recursive: true, force: true, maxRetries: 3 }));
}
console.log(`\n${steps.length - failed - skipped} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 ? 1 : 0;
