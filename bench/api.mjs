// The Docker Engine API under load: caisson daemon beside dockerd, each asked the same by the same clients.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const image = 'localhost/busybox:1';
const cli = new URL('../packages/cli/bin/caisson.cjs', import.meta.url).pathname;

/** @param {import('./lib/bench.mjs').Bench} bench */
export async function run(bench) {
  const peers = await bench.peers();
  const hosts = { caisson: await startCaisson(bench) };
  if (peers.docker) hosts.docker = { socket: bench.path('docker.sock'), pid: Number(readFileSync(bench.path('docker.pid'), 'utf8')) };
  try {
    for (const [title, path] of [['10,000 x GET /_ping', '/_ping'], ['10,000 x GET /containers/json', '/v1.41/containers/json?all=1']])
      await each(bench, `${title}, 200 clients`, hosts, async (host) => flood(host, path, 10_000, 200));
    await each(bench, '200 x GET container, 20 clients', hosts, async (host) => {
      const id = await container(host, ['sleep', '600']);
      return { run: () => flood(host, `/v1.41/containers/${id}/json`, 200, 20), after: () => call(host, 'DELETE', `/v1.41/containers/${id}?force=1`) };
    });
    await each(bench, 'create, start, wait, remove', hosts, async (host) => async () => {
      const id = await container(host, ['true']);
      await call(host, 'POST', `/v1.41/containers/${id}/wait`);
      await call(host, 'DELETE', `/v1.41/containers/${id}?force=1`);
    });
    await each(bench, 'exec true', hosts, async (host) => {
      const id = await container(host, ['sleep', '600']);
      return { run: () => exec(host, id, ['true']), after: () => call(host, 'DELETE', `/v1.41/containers/${id}?force=1`) };
    });
    for (const [name, host] of Object.entries(hosts)) await streams(name, host);
  } finally {
    await hosts.caisson.stop();
  }
}

async function startCaisson(bench) {
  const socket = bench.path('caisson.sock');
  const daemon = spawn(process.execPath, [cli, 'daemon', '--data-root', bench.path('caisson'), '--run-root', bench.path('caisson-run'), '-H', `unix://${socket}`], { stdio: ['ignore', 'ignore', 'inherit'] });
  for (let tries = 0; tries < 200 && !existsSync(socket); tries++) await sleep(50);
  return {
    socket,
    pid: daemon.pid,
    async stop() {
      const ended = new Promise((resolve) => daemon.once('exit', resolve));
      daemon.kill('SIGTERM');
      await ended;
    },
  };
}

/** Times one piece of work on each host; `make` prepares it. */
async function each(bench, title, hosts, make) {
  const work = {};
  for (const [name, host] of Object.entries(hosts)) {
    const made = title.startsWith('10,000') ? () => make(host) : await make(host);
    work[name] = typeof made === 'function' ? made : made.run;
    if (made.after) (host.after ??= []).push(made.after);
  }
  await bench.compare(title, work, { rounds: title.startsWith('10,000') ? 3 : 7 });
  for (const host of Object.values(hosts)) for (const after of host.after?.splice(0) ?? []) await after();
}

function call(host, method, path, body, agent = undefined) {
  return new Promise((resolve, reject) => {
    const sent = request({ socketPath: host.socket, method, path, agent, headers: body === undefined ? {} : { 'Content-Type': 'application/json' } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece) => (text += piece)).on('end', () => (response.statusCode < 400 ? resolve(text) : reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`)))).on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

async function flood(host, path, count, clients) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  let left = count;
  await Promise.all(Array.from({ length: clients }, async () => {
    while (left-- > 0) await call(host, 'GET', path, undefined, agent);
  }));
  agent.destroy();
}

async function container(host, command, more = {}) {
  const { Id: id } = JSON.parse(await call(host, 'POST', '/v1.41/containers/create', { Image: image, Cmd: command, HostConfig: { NetworkMode: 'none' }, ...more }));
  await call(host, 'POST', `/v1.41/containers/${id}/start`);
  return id;
}

async function exec(host, id, command) {
  const { Id: execId } = JSON.parse(await call(host, 'POST', `/v1.41/containers/${id}/exec`, { Cmd: command, AttachStdout: true, AttachStderr: true }));
  await call(host, 'POST', `/v1.41/exec/${execId}/start`, {});
}

const memory = (pid) => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** 100 followed logs and 50 attached terminals at once, with the daemon's memory before, after some seconds and after some more. */
async function streams(name, host) {
  const id = await container(host, ['sh', '-c', 'while true; do echo a line of some length, as programs write them; sleep 0.05; done']);
  const terminal = await container(host, ['sh', '-c', 'while true; do echo a line of some length, as programs write them; sleep 0.05; done'], { Tty: true, OpenStdin: true });
  const before = memory(host.pid);
  let bytes = 0;
  const open = (head) =>
    new Promise((resolve, reject) => {
      const socket = connect(host.socket, () => socket.write(head));
      socket.on('data', (data) => (bytes += data.length)).once('data', () => resolve(socket)).on('error', reject);
    });
  const sockets = await Promise.all([
    ...Array.from({ length: 100 }, () => open(`GET /v1.41/containers/${id}/logs?follow=1&stdout=1&tail=1 HTTP/1.1\r\nHost: x\r\n\r\n`)),
    ...Array.from({ length: 50 }, () => open(`POST /v1.41/containers/${terminal}/attach?stream=1&stdout=1&stdin=1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`)),
  ]);
  await sleep(4000);
  const [then, mark] = [memory(host.pid), bytes];
  await sleep(8000);
  const last = memory(host.pid);
  console.log(`100 logs, 50 terminals: ${name.padEnd(8)} memory ${before.toFixed(0)} MiB before, ${then.toFixed(0)} after 4 s, ${last.toFixed(0)} after 12 s; ${((bytes - mark) / 8 / 1024).toFixed(0)} KiB/s`);
  for (const socket of sockets) socket.destroy();
  for (const one of [id, terminal]) await call(host, 'DELETE', `/v1.41/containers/${one}?force=1`);
}
