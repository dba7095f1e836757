import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { CaissonError, systemCode } from './errors.js';

/**
 * Makes a folder and those above it where they are missing, for paths of the user's choosing. Node's own `recursive` never comes back
 * where the kernel takes no new folders and says of each that it is not there, as below /proc.
 * @throws CaissonError `invalid-argument` where a file is in the way; else what the file system threw.
 */
export function makeFolder(path: string, mode?: number): void {
  const options = mode === undefined ? {} : { mode };
  try {
    mkdirSync(path, options);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST' || code === 'ENOTDIR') return mustBeFolder(path, error);
    if (code !== 'ENOENT' || dirname(path) === path) {
      // A read-only file system, or somebody else's folder, may well have it already.
      if (isFolder(path)) return;
      throw error;
    }
    makeFolder(dirname(path), mode);
    try {
      mkdirSync(path, options);
    } catch (again) {
      // Another process may have been first.
      if (!isFolder(path)) throw again;
    }
  }
}

function mustBeFolder(path: string, cause: unknown): void {
  if (isFolder(path)) return;
  let at = path;
  while (dirname(at) !== at && !exists(at)) at = dirname(at);
  throw new CaissonError('invalid-argument', `${at} is a file, and no folder`, { cause });
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}
