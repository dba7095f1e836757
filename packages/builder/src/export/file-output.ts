import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { fromSystemError, makeFolder, type ArchiveOutput } from '@caisson/core';

/** Writes pieces to a file, which is there whole or not at all, or hands them to a function. */
export async function writeTo(destination: ArchiveOutput['destination'], pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<void> {
  if (typeof destination === 'function') {
    for await (const piece of pieces) await destination(piece);
    return;
  }
  const aside = `${destination}.${process.pid}.tmp`;
  let fd: number | undefined;
  try {
    makeFolder(dirname(destination));
    fd = openSync(aside, 'w');
    for await (const piece of pieces) for (let at = 0; at < piece.byteLength; ) at += writeSync(fd, piece, at);
    closeSync(fd);
    fd = undefined;
    renameSync(aside, destination);
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    rmSync(aside, { force: true });
    throw fromSystemError(error, `writing ${destination}`, dirname(destination));
  }
}
