import { closeSync, constants, lstatSync, openSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { hasProcFd, procFdPath } from '../proc-fd.js';
import { fsPath, joinPath, type RawPath } from '../raw-path.js';
import { entryOf } from '../stat-entry.js';
import type { Syscalls } from '../syscalls.js';
import { setTimes } from './times.js';

/** What is to stay, by its path from the root, and with it the folders above it, whose times are put back. */
export interface Kept {
  readonly has: (path: RawPath) => boolean;
  readonly syscalls: Syscalls | undefined;
}

/**
 * Removes what is at `location`, folders with all they hold; no link is followed. `path` is the same from the root. Returns whether all
 * of it went.
 */
export function removeTree(location: RawPath, path: RawPath, kept?: Kept): boolean {
  const isKept = kept?.has(path) === true;
  if (!lstatSync(fsPath(location)).isDirectory()) {
    if (isKept) return false;
    unlinkSync(fsPath(location));
    return true;
  }
  if (!removeContents(location, path, kept) || isKept) return false;
  rmdirSync(fsPath(location));
  return true;
}

/** The same for what is in a folder, which stays. */
export function removeContents(location: RawPath, path: RawPath, kept?: Kept): boolean {
  // Through a descriptor where there can be one, so that a folder that is exchanged for a link meanwhile leads nowhere.
  const fd = hasProcFd() ? openSync(fsPath(location), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW) : undefined;
  try {
    const base = fd === undefined ? location : procFdPath(fd);
    const self = fsPath(`${base}/.`);
    const before = kept === undefined ? undefined : entryOf(path, lstatSync(self, { bigint: true }));
    let isEmpty = true;
    for (const name of readdirSync(fsPath(base), { encoding: 'latin1' })) {
      isEmpty = removeTree(`${base}/${name}`, joinPath(path, name), kept) && isEmpty;
    }
    if (before !== undefined) setTimes(self, fd, before.mtime, before.mtimeNs, kept?.syscalls);
    return isEmpty;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
