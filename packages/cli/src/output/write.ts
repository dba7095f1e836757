import { writeSync } from 'node:fs';
import { systemCode } from '@caisson/core';

/**
 * Writes to standard output, at once and without the stream, which takes as long to make as the rest of a short command. What a pipe does not
 * take at once goes through the stream after all.
 */
export function writeOut(text: string): void {
  if (process.platform === 'win32') {
    process.stdout.write(text);
    return;
  }
  const data = Buffer.from(text);
  for (let at = 0; at < data.length; ) {
    try {
      at += writeSync(1, data, at);
    } catch (error) {
      if (systemCode(error) === 'EPIPE') process.exit(141);
      if (systemCode(error) !== 'EAGAIN') throw error;
      process.stdout.write(data.subarray(at));
      return;
    }
  }
}
