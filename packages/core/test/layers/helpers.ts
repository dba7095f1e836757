import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { type LayerIndex, LayerIndexer, type TarEntry, tarEntry, TarReader, type TarReaderOptions, TarWriter } from '../../src/layers/index.js';

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export type Item = (Partial<TarEntry> & Pick<TarEntry, 'path'>) & { readonly content?: string | Buffer };

/** An archive of these entries; `type` is a file where it is not said, and the size follows from the content. */
export function tar(items: readonly Item[]): Buffer {
  const parts: Buffer[] = [];
  const writer = new TarWriter((chunk) => parts.push(Buffer.from(chunk)));
  for (const { content, ...item } of items) {
    const bytes = content === undefined ? undefined : Buffer.from(content);
    writer.add(tarEntry({ type: 'file', ...item, size: bytes?.length ?? 0 }), bytes);
  }
  writer.finish();
  return Buffer.concat(parts);
}

/** An archive with one file that is nothing but a hole, in GNU tar's own format. */
export function sparseTar(size: number): Buffer {
  const archive = tar([{ path: 'hole' }]);
  archive.write('ustar  \0', 257, 'latin1');
  archive[156] = 'S'.charCodeAt(0);
  // Numbers that octal digits have no room for: base-256.
  archive[483] = 0x80;
  archive.writeBigUInt64BE(BigInt(size), 487);
  fixChecksum(archive);
  return archive;
}

export function fixChecksum(block: Buffer): void {
  block.fill(32, 148, 156);
  let sum = 0;
  for (let i = 0; i < 512; i++) sum += block[i]!;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
}

export interface Read {
  readonly entry: TarEntry;
  readonly content: Buffer;
}

/** All entries with their contents; the archive is fed in pieces of `step` bytes. */
export function read(archive: Buffer, step = archive.length, options: TarReaderOptions = {}): Read[] {
  const entries: Read[] = [];
  let parts: Buffer[] = [];
  let current: TarEntry | undefined;
  const reader = new TarReader(
    {
      entry: (entry) => (current = entry),
      data: (chunk) => parts.push(Buffer.from(chunk)),
      hole: (length) => parts.push(Buffer.alloc(length)),
      endEntry() {
        entries.push({ entry: current!, content: Buffer.concat(parts) });
        parts = [];
      },
    },
    options,
  );
  for (let at = 0; at < archive.length; at += step) reader.write(archive.subarray(at, at + step));
  reader.end();
  return entries;
}

export function indexOf(archive: Buffer): LayerIndex {
  const indexer = new LayerIndexer();
  indexer.write(archive);
  return indexer.finish();
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}

const folders: string[] = [];

/** A new folder, removed after the test. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'caisson-layers-'));
  folders.push(folder);
  return folder;
}

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
