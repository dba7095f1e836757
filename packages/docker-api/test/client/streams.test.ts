import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { FrameReader, splitFrames } from '../../src/client/streams/frames.js';
import { jsonLines } from '../../src/client/streams/json-lines.js';
import { logEntries } from '../../src/client/streams/log-entries.js';

function frame(kind: number, text: string | Buffer): Buffer {
  const data = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = kind;
  header.writeUInt32BE(data.length, 4);
  return Buffer.concat([header, data]);
}

/** In pieces of one size, so that every boundary falls everywhere. */
function* pieces(data: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

describe('frames', () => {
  const whole = Buffer.concat([frame(1, 'out one\n'), frame(2, 'err\n'), frame(1, ''), frame(1, 'out two'), frame(0, '!')]);

  it.each([1, 2, 3, 7, 8, 9, 1000])('are read in pieces of %i', (size) => {
    const seen = { stdout: '', stderr: '' };
    const reader = new FrameReader((stream, data) => (seen[stream] += data.toString()));
    for (const piece of pieces(whole, size)) reader.push(piece);
    expect(seen).toEqual({ stdout: 'out one\nout two!', stderr: 'err\n' });
  });

  it('of the kind for failures become an error', () => {
    const reader = new FrameReader(() => {});
    expect(() => reader.push(frame(3, 'the log driver is gone\n'))).toThrow('the log driver is gone');
  });

  it.each([Buffer.from('HTTP/1.1 200'), Buffer.from([9, 0, 0, 0, 0, 0, 0, 1]), Buffer.from([1, 0, 0, 0, 255, 255, 255, 255])])('that are none are refused', (bytes) => {
    expect(() => new FrameReader(() => {}).push(bytes)).toThrow(/stream/);
  });

  it('hold the source up while nobody reads', async () => {
    let sent = 0;
    const source = new Readable({
      highWaterMark: 1,
      read() {
        sent++;
        this.push(sent > 2000 ? null : frame(1, Buffer.alloc(10_000)));
      },
    });
    const { stdout, stderr } = splitFrames(source);
    stderr.resume();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(sent).toBeLessThan(50);
    let bytes = 0;
    for await (const piece of stdout) bytes += (piece as Buffer).length;
    expect(bytes).toBe(2000 * 10_000);
  });

  it('end with a connection that breaks', async () => {
    const source = new PassThrough();
    const { stdout } = splitFrames(source);
    source.write(frame(1, 'seen'));
    setTimeout(() => source.destroy(), 20);
    let text = '';
    for await (const piece of stdout) text += String(piece);
    expect(text).toBe('seen');
  });
});

describe('lines of JSON', () => {
  const read = (text: string, size: number) => Array.fromAsync(jsonLines(Readable.from(pieces(Buffer.from(text), size))));

  it.each([1, 5, 1000])('come in pieces of %i', async (size) => {
    expect(await read('{"a":1}\r\n\n{"b":"é€"}\n{"c":3}', size)).toEqual([{ a: 1 }, { b: 'é€' }, { c: 3 }]);
  });

  it('may stand side by side', async () => {
    expect(await read('{"a":1}{"b":2}\n', 100)).toEqual([{ a: 1 }, { b: 2 }]);
  });

  it('that are none are refused', async () => {
    await expect(read('{"a":1}\nnot json\n', 100)).rejects.toThrow('not JSON');
  });
});

describe('logs', () => {
  const time = '2026-01-31T12:00:00.123456789Z';

  it('have a frame for each line', async () => {
    const source = Buffer.concat([frame(1, `${time} one\n`), frame(2, `${time} two\n`), frame(1, `${time} half`)]);
    const entries = await Array.fromAsync(logEntries(Readable.from(pieces(source, 5)), true));
    expect(entries.map(({ stream, timestamp, data }) => [stream, timestamp, Buffer.from(data).toString()])).toEqual([
      ['stdout', time, 'one\n'],
      ['stderr', time, 'two\n'],
      ['stdout', time, 'half'],
    ]);
  });

  it('of a terminal have lines', async () => {
    const entries = await Array.fromAsync(logEntries(Readable.from(pieces(Buffer.from(`${time} one\r\n${time} two`), 7)), false));
    expect(entries.map(({ data }) => Buffer.from(data).toString())).toEqual(['one\r\n', 'two']);
  });
});
