import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { CaissonHost, dockerCli } from './api-support.js';
import { isRoot, untilTrue } from './support.js';

describe.skipIf(!isRoot || dockerCli === '')('attaching by WebSocket (needs root and docker’s command line)', () => {
  let caisson: CaissonHost;
  beforeAll(async () => void (caisson = await CaissonHost.start()));
  afterAll(() => caisson.dispose());

  const open = (name: string, query: string) => {
    const socket = new WebSocket(`ws+unix://${caisson.socket}:/v1.51/containers/${name}/attach/ws?${query}`);
    const seen = { text: '', closed: false, socket };
    socket.on('message', (data: Buffer, isBinary) => (seen.text += isBinary ? data.toString() : `text:${data.toString()}`));
    socket.on('close', () => (seen.closed = true));
    return new Promise<typeof seen>((resolve, reject) => socket.once('open', () => resolve(seen)).once('error', reject));
  };

  it('sends input and brings output, unframed, until the container ends', async () => {
    caisson.ok('create', '-i', '--name', 'cat', 'localhost/busybox:1', 'sh', '-c', 'echo ready; echo problem >&2; head -n 1');
    const seen = await open('cat', 'stream=1&stdin=1&stdout=1&stderr=1');
    caisson.ok('start', 'cat');
    await untilTrue(() => seen.text.includes('ready\n') && seen.text.includes('problem\n'));
    seen.socket.send(Buffer.from('typed\n'));
    await untilTrue(() => seen.closed);
    expect(seen.text.replace('problem\n', '')).toBe('ready\ntyped\n');
  });

  it('is a terminal where the container has one, that a client may leave', async () => {
    caisson.ok('run', '-dit', '--name', 'term', 'localhost/busybox:1', 'sh');
    const first = await open('term', 'stream=1&stdin=1&stdout=1');
    first.socket.send('echo $((20+3))\n');
    await untilTrue(() => first.text.includes('\n23\r\n'));
    first.socket.terminate();
    const second = await open('term', 'stream=1&stdin=1&stdout=1');
    second.socket.send('echo $((20+4))\n');
    await untilTrue(() => second.text.includes('\n24\r\n'));
    second.socket.send(Buffer.from([0x10, 0x11]));
    await untilTrue(() => second.closed);
    expect(caisson.ok('inspect', '-f', '{{.State.Running}}', 'term')).toBe('true');
  });

  it('begins with what was logged, where it is asked for', async () => {
    caisson.ok('run', '--name', 'logged', 'localhost/busybox:1', 'sh', '-c', 'echo out; echo err >&2');
    const seen = await open('logged', 'logs=1&stdout=1');
    await untilTrue(() => seen.closed);
    expect(seen.text).toBe('out\n');
  });

  it('refuses what is not there, and what is no handshake', async () => {
    await expect(open('nosuch', 'stream=1')).rejects.toThrow('404');
    await expect(open('term', '')).rejects.toThrow('400');
    expect(await caisson.call('GET', '/containers/term/attach/ws?stream=1')).toMatchObject({ status: 400 });
    expect(await caisson.call('GET', '/containers/term/attach/ws?stream=1', { headers: { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': 'short' } })).toMatchObject({ status: 400 });
  });

  it('ends one that sends more at once than anybody types', async () => {
    const seen = await open('term', 'stream=1&stdin=1');
    seen.socket.on('error', () => {}); // the other side may end while this one is sending
    seen.socket.send(Buffer.alloc(17 * 1024 * 1024));
    await untilTrue(() => seen.closed);
    expect(caisson.ok('version', '--format', '{{.Server.Os}}')).toBe('linux');
  });
});
