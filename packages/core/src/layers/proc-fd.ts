import { readlinkSync } from 'node:fs';
import type { RawPath } from './raw-path.js';

let prefix: string | null | undefined;

/**
 * The path through which the kernel resolves names relative to an open folder, as the *at() calls do: `/proc/<pid>/fd/<fd>`. Only
 * where `hasProcFd`: on Linux with /proc mounted.
 */
export function procFdPath(fd: number): RawPath {
  return `${procPrefix()}${fd}`;
}

/** Whether folders can be held open and used that way. */
export function hasProcFd(): boolean {
  return procPrefix() !== null;
}

function procPrefix(): string | null {
  if (prefix === undefined) {
    try {
      // The number, and not `self`, saves a link at every call. It is the one that this /proc knows the process by.
      prefix = process.platform === 'linux' ? `/proc/${readlinkSync('/proc/self')}/fd/` : null;
    } catch {
      prefix = null;
    }
  }
  return prefix;
}
