import { createHash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { CaissonError, displayPath, fromSystemError, type RawPath } from '@caisson/core';
import { TimeSlice } from '../time-slice.js';
import type { FileState } from './digest-cache.js';

/** A file whose digest is wanted; it is put into `sha256`. */
export interface Hashable extends FileState {
  readonly path: RawPath;
  /** As a binary string of 32 units. */
  sha256: string | undefined;
}

const buffer = () => Buffer.allocUnsafeSlow(1024 * 1024);

/**
 * Hashes files with synchronous reads into one buffer, giving way to the event loop between. `done` is told of each file, with the time
 * before its first byte was read.
 * @throws CaissonError `invalid-content` for a file that changes while it is read; `cancelled`
 */
export async function hashFiles<F extends Hashable>(files: readonly F[], hostPath: (file: F) => string | Buffer, signal: AbortSignal | undefined, done: (file: F, readAt: number) => void): Promise<void> {
  if (files.length === 0) return;
  const space = buffer();
  const slice = new TimeSlice(signal);
  for (const file of files) {
    const readAt = Date.now();
    for (const _ of hashFile(file, hostPath(file), space)) if (slice.over) await slice.next();
    done(file, readAt);
    if (slice.over) await slice.next();
  }
}

/** Pauses between the pieces of a large file. */
function* hashFile(file: Hashable, path: string | Buffer, space: Buffer): Generator<void, void> {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    throw fromSystemError(error, `reading ${displayPath(file.path)}`);
  }
  try {
    let total = readSync(fd, space, 0, space.length, null);
    let digest: string;
    if (total < space.length && total === file.size) digest = hash('sha256', space.subarray(0, total), 'binary');
    else {
      const hasher = createHash('sha256');
      for (let count = total; count > 0; total += count) {
        hasher.update(space.subarray(0, count));
        count = readSync(fd, space, 0, space.length, null);
        if (count === 0) break;
        yield;
      }
      digest = hasher.digest('binary');
    }
    if (total !== file.size || !isUnchanged(fd, file)) throw changedWhileRead(file.path);
    file.sha256 = digest;
  } catch (error) {
    throw error instanceof CaissonError ? error : fromSystemError(error, `reading ${displayPath(file.path)}`);
  } finally {
    closeSync(fd);
  }
}

/** Whether an open file is still in the state in which it was found. */
export function isUnchanged(fd: number, state: Pick<FileState, 'size' | 'mtimeMs' | 'ctimeMs'>): boolean {
  const now = fstatSync(fd);
  return now.size === state.size && now.mtimeMs === state.mtimeMs && now.ctimeMs === state.ctimeMs;
}

export function changedWhileRead(path: RawPath): CaissonError {
  return new CaissonError('invalid-content', `${displayPath(path)} changed while it was being read`, {
    hint: 'stop what writes to it, or leave it out with .dockerignore',
  });
}
