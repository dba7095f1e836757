import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attendant } from './attendant.js';
import { isRoot, output, Sandbox, untilTrue } from './support.js';

const image = 'localhost/busybox:1';

describe.skipIf(!isRoot)('logs (needs root to run containers)', () => {
  let box: Sandbox;
  beforeAll(() => {
    box = Sandbox.withBase();
  });
  afterAll(() => box?.dispose());

  const count = (text: string) => new Set(text.split('\n').filter(Boolean)).size;

  it('are rotated without losing a line, and read and followed as one', async () => {
    box.ok('run', '-d', '--name', 'writer', '--network', 'none', '--log-opt', 'max-size=100k', '--log-opt', 'max-file=40', '--log-opt', 'compress=true', image, 'sh', '-c', 'i=0; while [ $i -lt 20000 ]; do echo "line $i"; i=$((i+1)); [ $((i % 2000)) = 0 ] && sleep 0.25; done');
    const followed = await output(box.spawn(['logs', '-f', 'writer']));
    expect(count(followed.stdout)).toBe(20_000);
    const id = box.ok('inspect', '-f', '{{.Id}}', 'writer');
    const files = readdirSync(box.path('data/containers', id)).filter((name) => name.startsWith('log.'));
    expect(files.length).toBeGreaterThan(3);
    expect(files.some((name) => name.endsWith('.gz'))).toBe(true);
    expect(count(box.ok('logs', 'writer'))).toBe(20_000);
    expect(box.ok('logs', '-n', '3', 'writer')).toBe('line 19997\nline 19998\nline 19999');
    box.ok('rm', 'writer');
  });

  it('lose nothing when the attendant is killed again and again', async () => {
    box.ok('run', '-d', '--name', 'hunted', '--network', 'none', '--log-opt', 'max-size=50k', '--log-opt', 'max-file=90', '--log-opt', 'compress=true', image, 'sh', '-c', 'i=0; while [ $i -lt 16000 ]; do echo "line $i"; i=$((i+1)); [ $((i % 400)) = 0 ] && sleep 0.1; done');
    for (let pause = 30; box.ok('ps', '-q') !== ''; pause = (pause * 7) % 331) {
      await new Promise((resolve) => setTimeout(resolve, pause));
      const pid = attendant(box);
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    }
    const lines = box.ok('logs', 'hunted').split('\n');
    expect(lines).toEqual(Array.from({ length: 16_000 }, (_, index) => `line ${index}`));
    box.ok('rm', 'hunted');
  });

  it('take labels and variables along', () => {
    box.ok('run', '--name', 'told', '--network', 'none', '-l', 'app=web', '-e', 'STAGE=test', '--log-opt', 'labels=app', '--log-opt', 'env=STAGE', image, 'echo', 'hello');
    expect(box.ok('logs', '--details', 'told')).toBe('STAGE=test,app=web hello');
    expect(box.ok('logs', 'told')).toBe('hello');
    box.ok('rm', 'told');
  });

  it('are sent elsewhere, to the last line of a container that removes itself', async () => {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    const messages: { short_message: string; _container_name: string }[] = [];
    socket.on('message', (packet) => messages.push(JSON.parse(gunzipSync(packet).toString()) as (typeof messages)[number]));
    box.ok('run', '-d', '--rm', '--name', 'sender', '--network', 'none', '--log-driver', 'gelf', '--log-opt', `gelf-address=udp://127.0.0.1:${socket.address().port}`, image, 'sh', '-c', 'for i in 1 2 3; do echo message $i; done');
    await untilTrue(() => box.ok('ps', '-aq') === '');
    await untilTrue(() => messages.length === 3);
    expect(messages.map((message) => [message._container_name, message.short_message])).toEqual([['sender', 'message 1'], ['sender', 'message 2'], ['sender', 'message 3']]);
    socket.close();
    await untilTrue(() => attendant(box) === undefined);
  });

  it('are kept as the config file says where nothing else is said', () => {
    box.env.CAISSON_CONFIG_FILE = box.write('daemon.json', JSON.stringify({ 'log-driver': 'local', 'log-opts': { 'max-size': '5m' }, 'default-ulimits': { nofile: { Name: 'nofile', Soft: 77, Hard: 88 } } }));
    expect(box.ok('run', '--name', 'plain', '--network', 'none', image, 'sh', '-c', 'ulimit -n')).toBe('77');
    expect(box.ok('inspect', '-f', '{{.HostConfig.LogConfig.Type}} {{index .HostConfig.LogConfig.Config "max-size"}}', 'plain')).toBe('local 5m');
    box.write('daemon.json', '{"log-driver": 5}');
    expect(box.fail('run', '--rm', '--network', 'none', image, 'true').stderr).toMatch(/daemon\.json: log-driver is a text/);
    delete box.env.CAISSON_CONFIG_FILE;
    box.ok('rm', 'plain');
  });

  it('are not there with the driver none, and need a journal for journald', () => {
    box.ok('run', '--name', 'silent', '--network', 'none', '--log-driver', 'none', image, 'echo', 'x');
    expect(box.fail('logs', 'silent').stderr).toMatch(/keeps no logs/);
    box.ok('rm', 'silent');
  });
});
