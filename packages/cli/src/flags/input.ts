import { createReadStream, statSync } from 'node:fs';
import { CaissonError } from '@caisson/core';

/** The bytes of a file, or of standard input for `-` and for no name. @throws CaissonError `not-found`, `invalid-argument` */
export function readInput(path: string | undefined): { name: string; bytes: AsyncIterable<Uint8Array> } {
  if (path === undefined || path === '-') {
    if (process.stdin.isTTY) throw new CaissonError('invalid-argument', 'nothing comes on standard input', { hint: 'name a file' });
    return { name: 'standard input', bytes: process.stdin as AsyncIterable<Uint8Array> };
  }
  const info = statSync(path, { throwIfNoEntry: false });
  if (!info) throw new CaissonError('not-found', `${path} does not exist`);
  if (info.isDirectory()) throw new CaissonError('invalid-argument', `${path} is a folder`);
  return { name: path, bytes: createReadStream(path, { highWaterMark: 512 * 1024 }) as AsyncIterable<Uint8Array> };
}
