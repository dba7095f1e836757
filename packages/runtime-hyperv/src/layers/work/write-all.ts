import { writeSync } from 'node:fs';
import { fromSystemError } from '@caisson/core';

/** @throws CaissonError `no-space` and the like */
export function writeAll(fd: number, data: Uint8Array): void {
  try {
    for (let at = 0; at < data.length; ) at += writeSync(fd, data, at);
  } catch (error) {
    throw fromSystemError(error, 'writing an archive');
  }
}
