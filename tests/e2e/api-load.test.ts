import { readdirSync, readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CaissonHost } from './api-support.js';
import { isRoot, untilTrue } from './support.js';

const clients = 200;
const requests = 10_000;
const attachTerminal = 'POST /v1.41/containers/terminal/attach?stream=1&stdout=1&stdin=1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n';
const talk = 'while true; do echo a line of some length, as programs write them; sleep 0.05; done';

describe.skipIf(!isRoot)('the API under load (needs root to run containers)', () => {
  let host: CaissonHost;
  beforeAll(async () => {
    host = await CaissonHost.start();
    host.sandbox.ok('run', '-d', '--network', 'none', '--name', 'talker', 'localhost/busybox:1', 'sh', '-c', talk);
    host.sandbox.ok('run', '-d', '--network', 'none', '--name', 'terminal', '-it', 'localhost/busybox:1', 'sh', '-c', talk);
  });
  afterAll(async () => host?.dispose());

  it('answers 10,000 requests of 200 clients, all of them right, with 100 followed logs and 50 attached terminals that flow on', { timeout: 300_000 }, async () => {
    const idle = openFiles();
    const streams = await Promise.all([
      ...Array.from({ length: 100 }, () => Stream.open(host.socket, 'GET /v1.41/containers/talker/logs?follow=1&stdout=1&tail=1 HTTP/1.1\r\nHost: x\r\n\r\n')),
      ...Array.from({ length: 50 }, () => Stream.open(host.socket, attachTerminal)),
    ]);
    // Once the code is compiled and the heap has its size.
    await flood(requests / 4);
    const warm = host.memory;
    await flood(requests);
    expect(host.memory - warm).toBeLessThan(64 * 1024 * 1024);
    // None of the streams has been forgotten over it.
    for (const stream of streams) stream.bytes = 0;
    await untilTrue(() => streams.every(({ bytes, ended }) => bytes > 0 && !ended), 60);
    for (const { socket } of streams) socket.destroy();
    // What was opened for them is closed when they have gone.
    await untilTrue(() => openFiles() <= idle + 5, 60);
  });

  it('attaches 50 terminals to a monitor that is slow to take them', { timeout: 120_000 }, async () => {
    const id = host.sandbox.ok('ps', '-q', '--no-trunc', '-f', 'name=terminal');
    const monitor = Number(readFileSync(host.sandbox.path('run/containers', id, 'monitor.pid'), 'utf8'));
    process.kill(monitor, 'SIGSTOP');
    try {
      const opening = Promise.all(Array.from({ length: 50 }, () => Stream.open(host.socket, attachTerminal)));
      // Meanwhile the others are served.
      for (let asked = 0; asked < 20; asked++) expect((await host.call('GET', '/containers/json')).status).toBe(200);
      process.kill(monitor, 'SIGCONT');
      const streams = await opening;
      await untilTrue(() => streams.every(({ first, bytes, ended }) => first.startsWith('HTTP/1.1 101') && bytes > first.length && !ended), 60);
      for (const { socket } of streams) socket.destroy();
    } finally {
      process.kill(monitor, 'SIGCONT');
    }
  });

  const openFiles = () => readdirSync(`/proc/${host.pid}/fd`).length;

  /** Each path's answer, and what has to be in it. */
  const questions: readonly (readonly [path: string, isRight: (body: string) => boolean])[] = [
    ['/_ping', (body) => body === 'OK'],
    ['/v1.41/containers/json', (body) => names(body).sort().join() === '/talker,/terminal'],
    ['/v1.41/containers/talker/json', (body) => (JSON.parse(body) as { State: { Running: boolean } }).State.Running],
    ['/v1.41/images/json', (body) => body.includes('localhost/busybox:1')],
  ];
  const names = (body: string) => (JSON.parse(body) as { Names: string[] }[]).flatMap(({ Names }) => Names);

  async function flood(count: number): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: clients });
    let begun = 0;
    const wrong: string[] = [];
    await Promise.all(
      Array.from({ length: clients }, async () => {
        while (begun < count) {
          const [path, isRight] = questions[begun++ % questions.length] ?? ['', () => false];
          const { status, body } = await get(path, agent);
          if (status !== 200 || !isRight(body)) wrong.push(`${path}: ${status} ${body.slice(0, 200)}`);
        }
      }),
    );
    agent.destroy();
    expect(wrong).toEqual([]);
  }

  function get(path: string, agent: Agent): Promise<{ readonly status: number; readonly body: string }> {
    return new Promise((resolve, reject) => {
      const sent = request({ socketPath: host.socket, path, agent }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (piece: string) => (body += piece));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body })).on('error', reject);
      });
      sent.on('error', reject).end();
    });
  }
});

/** A connection that something flows through, and how much has come. */
class Stream {
  readonly socket: Socket;
  bytes = 0;
  /** What came first. */
  first = '';
  ended = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (data: Buffer) => {
      this.first ||= data.toString('latin1');
      this.bytes += data.length;
    });
    socket.on('close', () => (this.ended = true));
  }

  /** Resolves when the answer has begun. */
  static open(path: string, head: string): Promise<Stream> {
    return new Promise((resolve, reject) => {
      const socket = connect(path, () => socket.write(head));
      const stream = new Stream(socket);
      socket.once('data', () => resolve(stream)).on('error', reject);
    });
  }
}
