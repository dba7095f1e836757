import { lstatSync, readlinkSync } from 'node:fs';
import { systemCode } from '../../errors.js';
import type { TarEntry } from '../entry.js';
import { isOverlayWhiteout, isOverlayXattr, overlayXattrValue } from '../overlay.js';
import { fsPath, joinPath, type RawPath, rawPath } from '../raw-path.js';
import { entryOf } from '../stat-entry.js';
import type { FsPath, Syscalls } from '../syscalls.js';
import type { LayerTree } from '../tree/layer-tree.js';

/** What lies below a layer that is unpacked for overlayfs. */
export interface LowerView {
  /** The folder of this path with its attributes; undefined where there is none or something else. */
  directory(path: RawPath): TarEntry | undefined;
  /** What a hard link from the layer above leads to, and where to read its content; undefined where there is nothing or a folder. */
  file(path: RawPath): { readonly entry: TarEntry; readonly source: FsPath } | undefined;
}

/** The folders of a tree of layers; files cannot be read from it. */
export function lowerTree(tree: LayerTree): LowerView {
  return {
    directory(path) {
      const entry = tree.lookup(path, { followSymlinks: false });
      // A path through a symbolic link is no folder of its own.
      return entry?.type === 'directory' && entry.path === path ? { ...entry, type: 'directory' } : undefined;
    },
    file: () => undefined,
  };
}

/**
 * A stack of unpacked layers, topmost first as overlayfs's `lowerdir` lists them. No symbolic link in them is ever followed. Without
 * `syscalls` opaque folders cannot be told, and xattrs are not copied.
 */
export function lowerDirectories(topmostFirst: readonly string[], syscalls?: Syscalls): LowerView {
  const find = (path: RawPath): { entry: TarEntry; source: FsPath } | undefined => {
    for (const root of topmostFirst) {
      const found = findIn(rawPath(root), path, syscalls);
      if (found === 'hidden') return undefined;
      if (found !== 'absent') return found;
    }
    return undefined;
  };
  return {
    directory(path) {
      const entry = find(path)?.entry;
      return entry?.type === 'directory' ? entry : undefined;
    },
    file(path) {
      const found = find(path);
      return found === undefined || found.entry.type === 'directory' ? undefined : found;
    },
  };
}

/** `hidden` when this layer says that nothing below it at this path is to be seen. */
function findIn(root: RawPath, path: RawPath, syscalls: Syscalls | undefined): { entry: TarEntry; source: FsPath } | 'absent' | 'hidden' {
  let at = root;
  let opaque = false;
  const parts = path === '' ? [] : path.split('/');
  for (let i = 0; i <= parts.length; i++) {
    if (i > 0) at = joinPath(at, parts[i - 1]!);
    const source = fsPath(at);
    let stat;
    try {
      stat = lstatSync(source, { bigint: true });
    } catch (error) {
      const code = systemCode(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return opaque ? 'hidden' : 'absent';
      throw error;
    }
    if (isOverlayWhiteout(stat)) return 'hidden';
    if (i === parts.length) {
      const entry = entryOf(path, stat);
      if (entry === undefined) return 'hidden';
      const xattrs = readXattrs(source, syscalls);
      const linkname = entry.type === 'symlink' ? readlinkSync(source, { encoding: 'latin1' }) : '';
      return { entry: { ...entry, linkname, xattrs }, source };
    }
    if (!stat.isDirectory()) return 'hidden';
    opaque ||= syscalls !== undefined && overlayXattrValue(syscalls, source, 'opaque') === 'y';
  }
  return 'absent';
}

function readXattrs(path: FsPath, syscalls: Syscalls | undefined): ReadonlyMap<string, Uint8Array> | undefined {
  const xattrs = new Map<string, Uint8Array>();
  for (const name of syscalls?.llistxattr(path) ?? []) {
    if (isOverlayXattr(name)) continue;
    const value = syscalls?.lgetxattr(path, name);
    if (value !== undefined) xattrs.set(name, value);
  }
  return xattrs.size === 0 ? undefined : xattrs;
}
