import { once } from 'node:events';
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

/** Writes pieces to standard output at its reader's pace. A failure of their source leaves the stream open: with it the failure could not be told. */
export async function writePieces(pieces: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of pieces) if (!process.stdout.write(piece)) await once(process.stdout, 'drain');
}
