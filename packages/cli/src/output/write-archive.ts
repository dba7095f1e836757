import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CaissonError, fromSystemError } from '@caisson/core';
import { writePieces } from './write.js';

/** Writes an archive to a file, which appears only when it is whole, or to standard output. */
export async function writeArchive(archive: AsyncIterable<Uint8Array>, output: string | undefined): Promise<void> {
  if (output === undefined) {
    if (process.stdout.isTTY) throw new CaissonError('invalid-argument', 'an archive is not for a terminal', { hint: 'name a file with -o, or send it into a pipe' });
    return writePieces(archive);
  }
  // Aside first: a half-written archive must not look like one.
  const aside = `${output}.${process.pid}.part`;
  try {
    await pipeline(archive, createWriteStream(aside, { flags: 'wx', highWaterMark: 1024 * 1024 }));
    renameSync(aside, output);
  } catch (error) {
    rmSync(aside, { force: true });
    throw fromSystemError(error, `writing ${output}`, dirname(resolve(output)));
  }
}
