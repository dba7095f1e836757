import { futimesSync, lutimesSync } from 'node:fs';
import type { FsPath, Syscalls } from '../syscalls.js';

/**
 * Sets both times of the file at `path`, which is not followed, or of the open one, which is faster. Whole seconds are exact without
 * `syscalls`, fractions to a quarter of a microsecond, times before 1970 to the millisecond.
 */
export function setTimes(path: FsPath, fd: number | undefined, seconds: number, ns: number, syscalls: Syscalls | undefined): void {
  if (syscalls !== undefined && (ns !== 0 || seconds < 0)) {
    syscalls.utimens(path, seconds, ns);
    return;
  }
  const value = seconds + ns / 1e9;
  // Node takes a negative number for «now», but not a Date.
  const time = value < 0 ? new Date(value * 1000) : value;
  if (fd === undefined) lutimesSync(path, time, time);
  else futimesSync(fd, time, time);
}
