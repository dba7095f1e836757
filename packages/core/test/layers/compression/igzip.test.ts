import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { igzip, igzipProgram } from '../../../src/layers/compression/igzip.js';

const collect = async (bytes: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(bytes));
async function* pieces(data: Buffer, size = 100_000) {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}

describe('compressing by another program', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'caisson-igzip-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  /** gzip(1) in igzip's place: it takes the same input and gives the same kind of output. */
  const program = (script: string) => {
    const path = join(folder, 'igzip');
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const data = Buffer.concat([randomBytes(500_000), Buffer.alloc(3_000_000, 'text ')]);

  it('is found in the path', () => {
    expect(igzipProgram(folder)).toBeUndefined();
    const path = program('exec gzip -1 -c');
    expect(igzipProgram(`/nowhere:${folder}`)).toBe(path);
  });

  it('gives what can be taken apart again', async () => {
    expect(gunzipSync(await collect(igzip(program('exec gzip -1 -c'), pieces(data)))).equals(data)).toBe(true);
  });

  it.skipIf(igzipProgram() === undefined)('works with the real one (needs the package isal)', async () => {
    const compressed = await collect(igzip(igzipProgram() ?? '', pieces(data)));
    expect(gunzipSync(compressed).equals(data)).toBe(true);
    expect(compressed.length).toBeLessThan(data.length / 4);
  });

  it('tells of a program that fails', async () => {
    await expect(collect(igzip(program('echo broken >&2; exit 3'), pieces(data)))).rejects.toMatchObject({ code: 'runtime-failed', message: 'igzip failed: broken' });
    await expect(collect(igzip(join(folder, 'none'), pieces(data)))).rejects.toThrow('ENOENT');
  });

  it('passes a fault of the source on, and leaves no process behind', async () => {
    const path = program(`echo $$ > ${folder}/pid; exec gzip -1 -c`);
    const failing = async function* () {
      yield data;
      throw new Error('the source failed');
    };
    await expect(collect(igzip(path, failing()))).rejects.toThrow('the source failed');
  });
});
