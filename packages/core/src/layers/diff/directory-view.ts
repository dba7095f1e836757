import { closeSync, readlinkSync } from 'node:fs';
import { CaissonError, fromSystemError } from '../../errors.js';
import type { LowerView } from '../apply/lower.js';
import type { TarEntry } from '../entry.js';
import { isOverlayXattr } from '../overlay.js';
import { displayPath, joinPath, type RawPath, rawPath } from '../raw-path.js';
import { entryOf } from '../stat-entry.js';
import type { Syscalls } from '../syscalls.js';
import type { Change, TreeView } from './changes.js';
import { openFolder, statChildren } from './open-folder.js';

/** A folder as a tree to be compared; no symbolic link in it is followed. Sockets are not part of it. */
export function directoryView(root: string, syscalls?: Syscalls): TreeView {
  return { children: (directory) => readFolder(root, directory, syscalls) };
}

/**
 * What an overlayfs's upper folder changes of the layers below, in tree order. The folders above a change are told as changed, as
 * docker does. What an opaque folder hides is not told one by one.
 */
export function* overlayChanges(upper: string, lower: LowerView, directory: RawPath = ''): Generator<Change, void> {
  for (const entry of readFolder(upper, directory, undefined)) {
    const { path } = entry;
    const isBelow = lower.directory(path) !== undefined || lower.file(path) !== undefined;
    if (entry.type === 'char' && entry.devmajor === 0 && entry.devminor === 0) {
      yield { path, kind: 'deleted' };
      continue;
    }
    yield { path, kind: isBelow ? 'changed' : 'added' };
    if (entry.type === 'directory') yield* overlayChanges(upper, lower, path);
  }
}

function readFolder(root: string, directory: RawPath, syscalls: Syscalls | undefined): TarEntry[] {
  const entries: TarEntry[] = [];
  let folder = openFolder(rawPath(root), 'root');
  try {
    for (const name of directory === '' ? [] : directory.split('/')) {
      if (folder === undefined) break;
      const parent = folder;
      folder = openFolder(`${parent.base}/${name}`, 'child');
      if (parent.fd !== undefined) closeSync(parent.fd);
    }
    if (folder === undefined) {
      if (directory === '') throw new CaissonError('not-found', `no such folder: ${root}`);
      return entries;
    }
    for (const { name, stat, location } of statChildren(folder)) {
      const entry = entryOf(joinPath(directory, name), stat);
      if (entry === undefined) continue;
      const linkname = entry.type === 'symlink' ? readlinkSync(location, { encoding: 'latin1' }) : '';
      const xattrs = new Map<string, Uint8Array>();
      for (const key of syscalls?.llistxattr(location) ?? []) {
        const value = isOverlayXattr(key) ? undefined : syscalls?.lgetxattr(location, key);
        if (value !== undefined) xattrs.set(key, value);
      }
      entries.push({ ...entry, linkname, xattrs: xattrs.size === 0 ? undefined : xattrs });
    }
    return entries;
  } catch (error) {
    throw fromSystemError(error, `reading ${displayPath(joinPath(rawPath(root), directory))}`);
  } finally {
    if (folder?.fd !== undefined) closeSync(folder.fd);
  }
}
