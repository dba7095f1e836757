import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { compressLayer, decompress, detectCompression, gzip, zstd } from '../../../src/layers/index.js';
import { collect } from '../helpers.js';

const text = Buffer.from('the quick brown fox '.repeat(300_000));
const noise = randomBytes(2_500_000);
const cases: readonly (readonly [string, Buffer])[] = [
  ['nothing', Buffer.alloc(0)],
  ['one byte', Buffer.from('x')],
  ['text', text],
  ['noise', noise],
  ['text between noise', Buffer.concat([noise, text, noise.subarray(0, 100)])],
  // Of all lengths, so that their ends fall anywhere in what is looked at and compressed at once.
  ['noise and text in turn', Buffer.concat(Array.from({ length: 30 }, (_, n) => (n % 2 === 0 ? noise.subarray(n * 1000, n * 9000 + 70_001) : text.subarray(0, n * 7000))))],
  ['just a megabyte', text.subarray(0, 1 << 20)],
];

async function* pieces(data: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

describe.each(cases)('compression of %s', (_name, data) => {
  it.each(['gzip', 'zstd', 'none'] as const)('comes back from %s, and is the same however it is cut and scheduled', async (compression) => {
    const one = await collect(compressLayer(pieces(data, 70_001), compression));
    const two = await collect(compressLayer(pieces(data, 1_500_000), compression, { concurrency: 1 }));
    expect(one.equals(two)).toBe(true);
    expect((await collect(decompress(pieces(one, 10_007), 'auto'))).equals(data)).toBe(true);
    if (compression === 'gzip') expect(gunzipSync(one).equals(data)).toBe(true);
  });
});

describe('gzip', () => {
  it('stores what does not shrink, and shrinks what does', async () => {
    expect((await collect(gzip([noise]))).length).toBeLessThan(noise.length * 1.001);
    expect((await collect(gzip([text]))).length).toBeLessThan(text.length / 50);
  });

  it('shrinks the part of a megabyte that does', async () => {
    const half = 512 * 1024;
    const mixed = Buffer.concat([noise.subarray(0, half), text.subarray(0, half)]);
    expect((await collect(gzip([mixed]))).length).toBeLessThan(half * 1.02);
    // Noise that comes again within reach does shrink, though each byte of it comes as often as any other.
    const again = Buffer.concat(Array.from({ length: 512 }, () => noise.subarray(0, 2048)));
    expect((await collect(gzip([again]))).length).toBeLessThan(again.length / 20);
  });

  it('passes on what the source throws', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield text;
      throw new Error('the source broke');
    }
    await expect(collect(gzip(broken()))).rejects.toThrow('the source broke');
    await expect(collect(zstd(broken()))).rejects.toThrow('the source broke');
  });
});

describe('decompress', () => {
  const gz = gzipSync('hello');
  const zs = zstdCompressSync(Buffer.from('hello'));
  const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  const junk = Buffer.from('junk');

  it.each([
    ['members in one piece', [Buffer.concat([gz, gz])]],
    ['members in two pieces', [gz, gz]],
    ['frames in one piece', [Buffer.concat([zs, zs])]],
    ['frames in two pieces', [zs, zs]],
    ['members byte by byte', [...Buffer.concat([gz, gz])].map((byte) => Buffer.from([byte]))],
    ['frames byte by byte', [...Buffer.concat([zs, zs])].map((byte) => Buffer.from([byte]))],
    ['a skippable frame between', [Buffer.concat([zs, skippable, zs])]],
    ['zeros after gzip', [Buffer.concat([gz, gz, Buffer.alloc(100)])]],
    ['empty pieces', [Buffer.alloc(0), gz, Buffer.alloc(0), gz]],
  ])('joins %s', async (_name, input) => {
    expect((await collect(decompress(input))).toString()).toBe('hellohello');
  });

  it.each([
    ['gzip cut short', [gz.subarray(0, -3)], 'the gzip stream is cut short'],
    ['zstd cut short', [zs.subarray(0, -3)], 'the zstd stream is cut short'],
    ['gzip and junk', [Buffer.concat([gz, junk])], 'the gzip stream is damaged'],
    ['gzip and junk apart', [gz, junk], 'the gzip stream is damaged'],
    ['gzip, zeros and junk', [Buffer.concat([gz, Buffer.alloc(9)]), junk], 'the gzip stream has data after its end'],
    ['zstd and junk', [Buffer.concat([zs, junk])], 'the zstd stream is damaged'],
    ['gzip with a wrong checksum', [Buffer.concat([gz.subarray(0, -6), Buffer.from([1, 2]), gz.subarray(-4)])], 'the gzip stream is damaged'],
  ])('refuses %s', async (_name, input, message) => {
    await expect(collect(decompress(input))).rejects.toMatchObject({ code: 'invalid-content', message });
  });

  it('stops a bomb at the ratio, at the size, and when told to', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    await expect(collect(decompress([bomb], 'gzip', { limits: { maxRatio: 100, ratioFloor: 1_000_000 } }))).rejects.toMatchObject({ code: 'limit-exceeded' });
    await expect(collect(decompress([bomb], 'gzip', { limits: { maxBytes: 1_000_000 } }))).rejects.toMatchObject({ code: 'limit-exceeded' });
    const aborted = AbortSignal.abort();
    await expect(collect(decompress([bomb], 'gzip', { signal: aborted }))).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('closes its source when it is not read to the end', async () => {
    let isClosed = false;
    async function* endless(): AsyncGenerator<Buffer> {
      try {
        for (;;) yield gz;
      } finally {
        isClosed = true;
      }
    }
    for await (const chunk of decompress(endless(), 'gzip')) {
      expect(chunk.toString()).toContain('hello');
      break;
    }
    expect(isClosed).toBe(true);
  });

  it('tells what it does not know by name', async () => {
    const bzip2 = Buffer.from('BZh91AY&SY');
    expect(detectCompression(bzip2)).toBe('bzip2');
    await expect(collect(decompress([bzip2]))).rejects.toMatchObject({ code: 'unsupported' });
  });
});
