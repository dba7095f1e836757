import { closeSync, constants, fsync, openSync, readSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { Digester, LayerIndexBuilder, TarWriter, displayPath, fromSystemError, sha256, type Digest, type LayerIndex, type TarEntry } from '@caisson/core';
import { ArchiveFile } from './archive-file.js';
import { changedWhileRead, isUnchanged } from '../context/hash-files.js';
import { TimeSlice } from '../time-slice.js';
import type { FileContent } from '../source/source-tree.js';
import type { EarlierLayer } from './earlier-layer.js';
import type { PlannedEntry } from './layer-plan.js';

/** Where finished layers go. */
export interface LayerSink {
  stagingPath(): string;
  adopt(path: string, digest: Digest): Promise<void>;
}

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
    const slice = new TimeSlice(signal);
    for (const [place, planned] of entries.entries()) {
      for (const _ of writeEntry(tar, index, planned, earlier)) if (slice.over) await slice.next();
      // The clock costs as much as a small file.
      if (place % 32 === 0 && slice.over) await slice.next();
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

/** Writes one entry with its content, and notes it in the index. Pauses after each megabyte or so: go through all of it. */
export function* writeEntry(tar: TarWriter, index: LayerIndexBuilder | undefined, planned: PlannedEntry, earlier?: EarlierLayer): Generator<void, void> {
  const { entry, from, bytes } = planned;
  if (entry.type === 'file' && from) {
    const digest = from.tree.digest(from.file);
    const place = earlier?.find(entry.path, entry.size, digest);
    const offset = earlier && place !== undefined ? yield* copyEarlier(tar, entry, earlier, place) : yield* copyContent(tar, entry, from.tree.content(from.file));
    index?.add(entry, offset);
    index?.setDigest(Buffer.from(digest, 'latin1'));
  } else {
    const offset = tar.add(entry, bytes);
    index?.add(entry, offset);
    if (bytes) index?.setDigest(Buffer.from(sha256(bytes).slice('sha256:'.length), 'hex'));
  }
}

function* copyEarlier(tar: TarWriter, entry: TarEntry, earlier: EarlierLayer, place: number): Generator<void, number> {
  const start = tar.begin(entry);
  let left = entry.size;
  for (const piece of earlier.read(place, entry.size)) {
    tar.write(piece);
    left -= piece.length;
    if (left > 0) yield;
  }
  tar.end();
  return start;
}

const zeros = Buffer.alloc(1024 * 1024);
const space = Buffer.allocUnsafeSlow(256 * 1024);

function* copyContent(tar: TarWriter, entry: TarEntry, { path, offset, sparse, state }: FileContent): Generator<void, number> {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    throw fromSystemError(error, `reading ${displayPath(entry.path)}`);
  }
  try {
    if (state) {
      const start = yield* tar.addFileInParts(entry, fd);
      if (!isUnchanged(fd, state)) throw changedWhileRead(entry.path);
      return start;
    }
    const start = tar.begin(entry);
    let at = 0;
    let from = offset;
    const pieces = sparse ?? [0, entry.size];
    for (let i = 0; i < pieces.length; i += 2) {
      const [begin = 0, length = 0] = [pieces[i], pieces[i + 1]];
      yield* writeZeros(tar, begin - at);
      yield* copyRange(tar, fd, from, length, entry);
      from += length;
      at = begin + length;
    }
    yield* writeZeros(tar, entry.size - at);
    tar.end();
    return start;
  } finally {
    closeSync(fd);
  }
}

function* copyRange(tar: TarWriter, fd: number, from: number, length: number, entry: TarEntry): Generator<void, void> {
  for (let done = 0; done < length; ) {
    const count = readSync(fd, space, 0, Math.min(space.length, length - done), from + done);
    if (count === 0) throw changedWhileRead(entry.path);
    tar.write(space.subarray(0, count));
    done += count;
    // What is in `space` is written: others may use it now.
    if (done < length) yield;
  }
}

function* writeZeros(tar: TarWriter, count: number): Generator<void, void> {
  for (let left = count; left > 0; left -= zeros.length) {
    tar.write(left < zeros.length ? zeros.subarray(0, left) : zeros);
    if (left > zeros.length) yield;
  }
}
