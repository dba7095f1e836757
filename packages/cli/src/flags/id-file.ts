import { writeFileSync } from 'node:fs';
import { CaissonError, fromSystemError, systemCode } from '@caisson/core';

/** Writes an ID into a new file, as `--cidfile` asks. @throws CaissonError `already-exists` */
export function writeIdFile(path: string | undefined, id: string): void {
  if (path === undefined) return;
  try {
    writeFileSync(path, id, { flag: 'wx' });
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw new CaissonError('already-exists', `${path} exists already; is another container meant by it?`);
    throw fromSystemError(error, `writing ${path}`);
  }
}
