// Caisson's main job, step by step, on a data root of its own: build a two-stage Dockerfile, run it with a published port, push it to a real
// registry, remove it, pull it back, and run it again by digest. Needs root, runc, conmon, docker-registry; no internet.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { busyboxRootfs } from './busybox-base.mjs';

if (process.getuid() !== 0) {
  console.error('The demo runs containers as root: sudo ./dev demo');
  process.exit(1);
}
for (const program of ['/bin/busybox', '/usr/bin/docker-registry'])
  if (!existsSync(program)) {
    console.error(`${program} is missing: apt-get install busybox-static docker-registry`);
    process.exit(1);
  }

const work = mkdtempSync(join(tmpdir(), 'caisson-demo-'));
const cli = new URL('../packages/cli/bin/caisson.cjs', import.meta.url).pathname;
const roots = ['--data-root', join(work, 'data'), '--run-root', join(work, 'run')];
const bold = (text) => (process.stdout.isTTY ? `\x1b[1m${text}\x1b[0m` : text);
const dim = (text) => (process.stdout.isTTY ? `\x1b[2m${text}\x1b[0m` : text);

/** Runs a step of the demo and shows its command, what it printed, and its time. */
function caisson(args, { input } = {}) {
  console.log(`\n${bold('$ caisson')} ${args.join(' ')}`);
  const started = performance.now();
  const { status, stdout } = spawnSync(process.execPath, [cli, ...roots, ...args], { input, encoding: 'utf8', stdio: [input ? 'pipe' : 'inherit', 'pipe', 'inherit'] });
  if (stdout) process.stdout.write(stdout);
  console.log(dim(`  ${((performance.now() - started) / 1000).toFixed(2)} s`));
  if (status !== 0) throw new Error(`caisson ${args[0]} ended with exit code ${status}`);
  return stdout.trim();
}

async function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function startRegistry(port) {
  const config = join(work, 'registry.yml');
  writeFileSync(config, `version: 0.1\nlog: { level: error, accesslog: { disabled: true } }\nstorage: { filesystem: { rootdirectory: ${join(work, 'registry')} } }\nhttp: { addr: 127.0.0.1:${port} }\n`);
  const registry = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  await answers(`http://127.0.0.1:${port}/v2/`);
  return registry;
}

async function answers(url) {
  for (let tries = 0; tries < 100; tries++) {
    try {
      const response = await fetch(url);
      return await response.text();
    } catch {
      await sleep(50);
    }
  }
  throw new Error(`${url} does not answer`);
}

async function fetchFrom(port) {
  console.log(`\n${bold('$ fetch')} http://127.0.0.1:${port}/`);
  const page = await answers(`http://127.0.0.1:${port}/`);
  console.log(page.trim());
  if (!page.includes('Hello from Caisson')) throw new Error('that is not the page of the example');
}

let registry;
const started = performance.now();
try {
  const [registryPort, webPort] = [await freePort(), await freePort()];
  registry = await startRegistry(registryPort);
  const name = `localhost:${registryPort}/hello:1`;

  console.log(bold('A base image, from the static busybox of this machine'));
  writeFileSync(join(work, 'busybox.tar'), busyboxRootfs());
  caisson(['import', '-c', 'CMD ["/bin/sh"]', join(work, 'busybox.tar'), 'localhost/busybox:1']);

  console.log(bold('\nBuild, run, fetch'));
  caisson(['build', '-t', name, '--progress', 'plain', 'examples/hello']);
  caisson(['build', '-q', '-t', name, 'examples/hello']);
  caisson(['run', '-d', '--name', 'hello', '-p', `${webPort}:8080`, name]);
  await fetchFrom(webPort);
  caisson(['ps']);
  caisson(['logs', 'hello']);
  caisson(['rm', '-f', 'hello']);

  console.log(bold('\nPush, remove, pull'));
  const pushed = caisson(['push', name]);
  caisson(['rmi', name]);
  caisson(['pull', pushed]);

  console.log(bold('\nRun again, by digest'));
  caisson(['run', '-d', '--name', 'again', '-p', `${webPort}:8080`, pushed]);
  await fetchFrom(webPort);
  caisson(['stop', 'again']);
  caisson(['rm', 'again']);
  caisson(['system', 'check']);
  console.log(bold(`\nAll of it took ${((performance.now() - started) / 1000).toFixed(1)} s.`));
} catch (error) {
  console.error(`\nThe demo failed: ${error.message}`);
  process.exitCode = 1;
} finally {
  if (existsSync(join(work, 'data/state.db'))) {
    const ids = spawnSync(process.execPath, [cli, ...roots, 'ps', '-aq'], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
    if (ids.length > 0) spawnSync(process.execPath, [cli, ...roots, 'rm', '-f', ...ids]);
    spawnSync(process.execPath, [cli, ...roots, 'network', 'rm', 'bridge']);
  }
  registry?.kill();
  rmSync(work, { recursive: true, force: true });
}
