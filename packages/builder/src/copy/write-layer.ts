import { closeSync, constants, fsync, openSync, readSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { Digester, LayerIndexBuilder, TarWriter, displayPath, fromSystemError, sha256, throwIfAborted, type Digest, type LayerIndex, type TarEntry } from '@caisson/core';
import { ArchiveFile } from './archive-file.js';
import { changedWhileRead, isUnchanged } from '../context/hash-files.js';
import type { FileContent } from '../source/source-tree.js';
import type { EarlierLayer } from './earlier-layer.js';
import type { PlannedEntry } from './layer-plan.js';

/** Where finished layers go. */
export interface LayerSink {
  stagingPath(): string;
  adopt(path: string, digest: Digest): Promise<void>;
}

const sliceMs = 50;
const largeFile = 1024 * 1024;
const syncFile = promisify(fsync);

/**
 * Writes a planned layer as an uncompressed archive and puts it into the store; gives its index. Synchronous calls do the work, in slices
 * between which the event loop runs. The digests of the files are taken over from the plan: what is read is checked to be unchanged.
 *
 * What `earlier` has is taken from there.
 *
 * @throws CaissonError `invalid-content` for a file that changed since its digest was taken; `no-space`; `cancelled`. Nothing is kept then.
 */
export async function writeLayer(entries: readonly PlannedEntry[], sink: LayerSink, signal: AbortSignal | undefined, earlier?: EarlierLayer): Promise<LayerIndex> {
  const path = sink.stagingPath();
  const fd = openSync(path, 'wx', 0o644);
  try {
    const digester = new Digester();
    const archive = new ArchiveFile(fd);
    const index = new LayerIndexBuilder();
    const tar = new TarWriter((chunk) => {
      digester.update(chunk);
      archive.write(chunk);
    });
    let slice = performance.now() + sliceMs;
    for (const [place, planned] of entries.entries()) {
      writeEntry(tar, index, planned, earlier);
      // The clock costs as much as a small file.
      if (place % 32 !== 0 && planned.entry.size < largeFile) continue;
      if (performance.now() < slice) continue;
      await new Promise(setImmediate);
      throwIfAborted(signal);
      slice = performance.now() + sliceMs;
    }
    tar.finish();
    archive.finish();
    await syncFile(fd).catch((error: unknown) => {
      throw fromSystemError(error, 'writing a layer');
    });
    const diffId = digester.digest();
    await sink.adopt(path, diffId);
    return index.finish(diffId, digester.size);
  } finally {
    closeSync(fd);
    rmSync(path, { force: true });
  }
}

/** Writes one entry with its content, and notes it in the index. */
export function writeEntry(tar: TarWriter, index: LayerIndexBuilder | undefined, planned: PlannedEntry, earlier?: EarlierLayer): void {
  const { entry, from, bytes } = planned;
  if (entry.type === 'file' && from) {
    const digest = from.tree.digest(from.file);
    const place = earlier?.find(entry.path, entry.size, digest);
    const offset = earlier && place !== undefined ? copyEarlier(tar, entry, earlier, place) : copyContent(tar, entry, from.tree.content(from.file));
    index?.add(entry, offset);
    index?.setDigest(Buffer.from(digest, 'latin1'));
  } else {
    const offset = tar.add(entry, bytes);
    index?.add(entry, offset);
    if (bytes) index?.setDigest(Buffer.from(sha256(bytes).slice('sha256:'.length), 'hex'));
  }
}

function copyEarlier(tar: TarWriter, entry: TarEntry, earlier: EarlierLayer, place: number): number {
  const start = tar.begin(entry);
  earlier.read(place, entry.size, (piece) => tar.write(piece));
  tar.end();
  return start;
}

const zeros = Buffer.alloc(64 * 1024);
const space = Buffer.allocUnsafeSlow(256 * 1024);

function copyContent(tar: TarWriter, entry: TarEntry, { path, offset, sparse, state }: FileContent): number {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    throw fromSystemError(error, `reading ${displayPath(entry.path)}`);
  }
  try {
    if (state) {
      const start = tar.addFile(entry, fd);
      if (!isUnchanged(fd, state)) throw changedWhileRead(entry.path);
      return start;
    }
    const start = tar.begin(entry);
    let at = 0;
    let from = offset;
    const pieces = sparse ?? [0, entry.size];
    for (let i = 0; i < pieces.length; i += 2) {
      const [begin = 0, length = 0] = [pieces[i], pieces[i + 1]];
      writeZeros(tar, begin - at);
      copyRange(tar, fd, from, length, entry);
      from += length;
      at = begin + length;
    }
    writeZeros(tar, entry.size - at);
    tar.end();
    return start;
  } finally {
    closeSync(fd);
  }
}

function copyRange(tar: TarWriter, fd: number, from: number, length: number, entry: TarEntry): void {
  for (let done = 0; done < length; ) {
    const count = readSync(fd, space, 0, Math.min(space.length, length - done), from + done);
    if (count === 0) throw changedWhileRead(entry.path);
    tar.write(space.subarray(0, count));
    done += count;
  }
}

function writeZeros(tar: TarWriter, count: number): void {
  for (let left = count; left > 0; left -= zeros.length) tar.write(left < zeros.length ? zeros.subarray(0, left) : zeros);
}
