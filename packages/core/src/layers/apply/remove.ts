import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { fsPath, type RawPath } from '../raw-path.js';

/**
 * Removes what is at `location`, folders with all they hold; no link is followed. With `keep`, what it says yes to (by path, `path` being
 * that of `location`) stays, and so do the folders above. Returns whether all of it went.
 */
export function removeTree(location: RawPath, path: RawPath, keep?: (path: RawPath) => boolean): boolean {
  if (keep?.(path) === true && !lstatSync(fsPath(location)).isDirectory()) return false;
  if (!lstatSync(fsPath(location)).isDirectory()) {
    unlinkSync(fsPath(location));
    return true;
  }
  const isEmpty = removeContents(location, path, keep);
  if (!isEmpty || keep?.(path) === true) return false;
  rmdirSync(fsPath(location));
  return true;
}

/** The same for what is in a folder. */
export function removeContents(location: RawPath, path: RawPath, keep?: (path: RawPath) => boolean): boolean {
  // Through a descriptor where there is one, so that a folder that is exchanged for a link meanwhile leads nowhere.
  const confined = process.platform === 'linux';
  const fd = confined ? openSync(fsPath(location), constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW) : undefined;
  try {
    if (fd !== undefined && !fstatSync(fd).isDirectory()) return false;
    const base = fd === undefined ? location : `/proc/self/fd/${fd}`;
    let all = true;
    for (const name of readdirSync(fsPath(base), { encoding: 'latin1' })) {
      all = removeTree(`${base}/${name}`, path === '' ? name : `${path}/${name}`, keep) && all;
    }
    return all;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
