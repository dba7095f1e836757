import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { hasProcFd, procFdPath } from '../proc-fd.js';
import { fsPath, type RawPath } from '../raw-path.js';

/**
 * Removes what is at `location`, folders with all they hold; no link is followed. With `keep`, what it says yes to (by path, `path` being
 * that of `location`) stays, and so do the folders above. Returns whether all of it went.
 */
export function removeTree(location: RawPath, path: RawPath, keep?: (path: RawPath) => boolean): boolean {
  const isKept = keep?.(path) === true;
  if (!lstatSync(fsPath(location)).isDirectory()) {
    if (isKept) return false;
    unlinkSync(fsPath(location));
    return true;
  }
  const isEmpty = removeContents(location, path, keep);
  if (!isEmpty || isKept) return false;
  rmdirSync(fsPath(location));
  return true;
}

/** The same for what is in a folder. */
export function removeContents(location: RawPath, path: RawPath, keep?: (path: RawPath) => boolean): boolean {
  // Through a descriptor where there is one, so that a folder that is exchanged for a link meanwhile leads nowhere.
  const fd = hasProcFd() ? openSync(fsPath(location), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW) : undefined;
  try {
    if (fd !== undefined && !fstatSync(fd).isDirectory()) return false;
    const base = fd === undefined ? location : procFdPath(fd);
    let all = true;
    for (const name of readdirSync(fsPath(base), { encoding: 'latin1' })) {
      all = removeTree(`${base}/${name}`, path === '' ? name : `${path}/${name}`, keep) && all;
    }
    return all;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
