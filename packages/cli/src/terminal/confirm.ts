import { createInterface } from 'node:readline/promises';
import { CaissonError } from '@caisson/core';

/** Asks before something is lost. Without a terminal there is nobody to ask. @throws CaissonError `invalid-argument` */
export async function confirm(warning: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new CaissonError('invalid-argument', 'nobody is here to be asked', { hint: 'use -f to go on without being asked' });
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${warning} Go on? [y/N] `)).trim());
  } finally {
    lines.close();
  }
}
