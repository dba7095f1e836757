import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, inflateSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LogDriver } from '../../../src/index.js';
import { LogLine } from '../../../src/engine/logging/cri-line.js';
import { fluentd } from '../../../src/engine/logging/fluentd.js';
import { gelf, packets } from '../../../src/engine/logging/gelf.js';
import { logSource } from '../../../src/engine/logging/settings.js';
import { syslog } from '../../../src/engine/logging/syslog.js';
import { fakeContainer } from './fake-container.js';

const entry = (text: string, stream: 'stdout' | 'stderr' = 'stdout') => new LogLine(stream, '2026-01-01T10:00:00.123456789+00:00', Buffer.from(text));

async function send(driver: LogDriver, options: Record<string, string>, entries: LogLine[]): Promise<void> {
  driver.check(options);
  await using connection = await driver.open(logSource(fakeContainer({ ...options, tag: '{{.Name}}', labels: 'app' })), options, new AbortController().signal);
  await connection.write(entries);
}

/** A UDP server, and what comes to it. */
async function udp(count: number): Promise<{ address: string; packets: Promise<Buffer[]> }> {
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  const seen: Buffer[] = [];
  const all = Promise.withResolvers<Buffer[]>();
  socket.on('message', (packet) => {
    seen.push(packet);
    if (seen.length === count) all.resolve(seen);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { address: `udp://127.0.0.1:${socket.address().port}`, packets: all.promise };
}

/** A stream server, and all that one client sends. */
async function tcp(where?: string): Promise<{ address: string; data: Promise<Buffer> }> {
  const data = Promise.withResolvers<Buffer>();
  const server: Server = createServer((socket) => {
    const parts: Buffer[] = [];
    socket.on('data', (part: Buffer) => parts.push(part)).on('end', () => data.resolve(Buffer.concat(parts)));
  });
  onTestFinished(() => void server.close());
  if (where === undefined) server.listen(0, '127.0.0.1');
  else server.listen(where);
  await once(server, 'listening');
  const address = server.address();
  return { address: typeof address === 'object' && address ? `tcp://127.0.0.1:${address.port}` : `unix://${where}`, data: data.promise };
}

describe('gelf', () => {
  it.each([['gzip', gunzipSync], ['zlib', inflateSync], ['none', (data: Buffer) => data]] as const)('sends datagrams, compressed as %s', async (type, open) => {
    const server = await udp(1);
    await send(gelf, { 'gelf-address': server.address, 'gelf-compression-type': type }, [entry('it works\n', 'stderr')]);
    const [packet = Buffer.alloc(0)] = await server.packets;
    expect(JSON.parse(open(packet).toString())).toMatchObject({ version: '1.1', short_message: 'it works', level: 3, timestamp: 1767261600.123, _container_name: 'web', _tag: 'web', _app: 'web', _command: 'serve -p 80' });
  });

  it('sends NUL-terminated objects by TCP', async () => {
    const server = await tcp();
    await send(gelf, { 'gelf-address': server.address }, [entry('one\n'), entry('two\n')]);
    const messages = (await server.data).toString().split('\0').slice(0, -1).map((text) => JSON.parse(text) as { short_message: string });
    expect(messages.map((message) => message.short_message)).toEqual(['one', 'two']);
  });

  it('cuts long messages into numbered chunks', () => {
    expect(packets(Buffer.alloc(100))).toHaveLength(1);
    const chunks = packets(Buffer.alloc(20_000, 'x'));
    expect(chunks.map((chunk) => [chunk.readUInt16BE(0), chunk[10], chunk[11]])).toEqual([[0x1e0f, 0, 3], [0x1e0f, 1, 3], [0x1e0f, 2, 3]]);
    expect(Buffer.concat(chunks.map((chunk) => chunk.subarray(12)))).toEqual(Buffer.alloc(20_000, 'x'));
    expect(packets(Buffer.alloc(2_000_000))).toEqual([]);
  });
});

describe('syslog', () => {
  it('sends RFC 3164 by UDP', async () => {
    const server = await udp(2);
    await send(syslog, { 'syslog-address': server.address, 'syslog-facility': 'local0' }, [entry('out\n'), entry('err\n', 'stderr')]);
    const [out, err] = (await server.packets).map(String);
    expect(out).toMatch(/^<134>\w{3} [ \d]\d \d\d:\d\d:\d\d \S+ web\[\d+\]: out$/);
    expect(err).toMatch(/^<131>.*: err$/);
  });

  it('sends RFC 5424 by TCP and by a unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'caisson-syslog-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    for (const server of [await tcp(), await tcp(join(folder, 'socket'))]) {
      await send(syslog, { 'syslog-address': server.address, 'syslog-format': 'rfc5424micro' }, [entry('one\n'), entry('two\n')]);
      expect((await server.data).toString()).toMatch(/^<30>1 2026-01-01T10:00:00\.123000Z \S+ web \d+ web - one\n<30>1 \S+ \S+ web \d+ web - two\n$/);
    }
  });
});

describe('fluentd', () => {
  it('sends the forward protocol', async () => {
    const server = await tcp();
    await send(fluentd, { 'fluentd-address': server.address.replace('tcp://', '') }, [entry('hello\n')]);
    const data = await server.data;
    // [tag, [[EventTime, record]]]
    expect(data.subarray(0, 7)).toEqual(Buffer.from([0x92, 0xa3, ...Buffer.from('web'), 0x91, 0x92]));
    expect(data.subarray(7, 17)).toEqual(Buffer.from([0xd7, 0x00, ...[0x69, 0x56, 0x45, 0xa0], ...[0x07, 0x5b, 0xcd, 0x15]]));
    expect(data[17]).toBe(0x85); // five fields
    expect(data.toString('latin1')).toContain('\xa3log\xa5hello\xa3app\xa3web');
  });

  it('says when nobody listens', async () => {
    await expect(send(fluentd, { 'fluentd-address': '127.0.0.1:1' }, [entry('x\n')])).rejects.toThrow(/ECONNREFUSED/);
  });
});
