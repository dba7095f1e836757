import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, readdirSync } from 'node:fs';
import { systemCode } from '../../errors.js';
import { hasProcFd, procFdPath } from '../proc-fd.js';
import { fsPath, type RawPath } from '../raw-path.js';
import type { FsPath } from '../syscalls.js';

/** A folder whose children are reached through `base`: on Linux through its descriptor, so that its name may change meanwhile. */
export interface OpenFolder {
  readonly base: RawPath;
  readonly fd: number | undefined;
  readonly stat: BigIntStats;
}

/** Undefined where there is no folder there. A `root` may be reached through links, a `child` must be the folder itself. */
export function openFolder(location: RawPath, kind: 'root' | 'child'): OpenFolder | undefined {
  let fd: number | undefined;
  try {
    if (!hasProcFd()) {
      const stat = lstatSync(fsPath(location), { bigint: true });
      return stat.isDirectory() ? { base: location, fd, stat } : undefined;
    }
    fd = openSync(fsPath(location), constants.O_RDONLY | constants.O_DIRECTORY | (kind === 'root' ? 0 : constants.O_NOFOLLOW));
    return { base: procFdPath(fd), fd, stat: fstatSync(fd, { bigint: true }) };
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined;
    throw error;
  }
}

export interface Child {
  readonly name: RawPath;
  readonly stat: BigIntStats;
  readonly location: FsPath;
}

/** What is in the folder, names bytewise; what goes away meanwhile is left out. */
export function* statChildren(folder: OpenFolder): Generator<Child, void> {
  const names = readdirSync(fsPath(folder.base), { encoding: 'latin1' }).sort();
  for (const name of names) {
    const location = fsPath(`${folder.base}/${name}`);
    const stat = lstatSync(location, { bigint: true, throwIfNoEntry: false });
    if (stat !== undefined) yield { name, stat, location };
  }
}
