import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import type { TarEntry } from '../entry.js';
import type { FsPath } from '../syscalls.js';
import type { ExtractTarget, Place } from './target.js';

/** Writes the content of the file `source`, which is not followed, and the attributes of `entry` to a new file at `place`. */
export function copyFile(source: FsPath, entry: TarEntry, place: Place, target: ExtractTarget): void {
  const from = openSync(source, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const to = target.createFile(place, entry.mode);
    try {
      const buffer = Buffer.allocUnsafe(256 * 1024);
      for (let count = readSync(from, buffer); count > 0; count = readSync(from, buffer)) writeAll(to, buffer.subarray(0, count));
      target.attributes.set(entry, place.path, { location: place.location, fd: to, madeWith: entry.mode & 0o777, inSetgid: place.folder.setgid }, true);
    } finally {
      closeSync(to);
    }
  } finally {
    closeSync(from);
  }
}

/** Writes all of it, at `position` or where the file is at. */
export function writeAll(fd: number, data: Uint8Array, position: number | null = null): void {
  for (let at = 0; at < data.length; ) at += writeSync(fd, data, at, data.length - at, position === null ? null : position + at);
}
