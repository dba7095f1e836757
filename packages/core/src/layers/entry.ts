import type { RawPath } from './raw-path.js';

export type EntryType = 'file' | 'hardlink' | 'symlink' | 'char' | 'block' | 'directory' | 'fifo';

/** Extended attributes by full name (`user.x`, `security.capability`); values are bytes. */
export type Xattrs = ReadonlyMap<string, Uint8Array>;

/** What an archive says of one file. */
export interface TarEntry {
  /** As stored, without trailing slashes: not yet clean (see `cleanPath`). */
  readonly path: RawPath;
  readonly type: EntryType;
  /** Permissions with setuid, setgid and sticky: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content with holes filled; 0 for all but files. */
  readonly size: number;
  /** Whole seconds since 1970, rounded down, and the nanoseconds (0 to 999,999,999) on top. */
  readonly mtime: number;
  readonly mtimeNs: number;
  /** Target of a symbolic link (any bytes) or hard link (a path in the archive); else empty. */
  readonly linkname: RawPath;
  readonly devmajor: number;
  readonly devminor: number;
  readonly xattrs: Xattrs | undefined;
  /** Records of the extended header that are about Windows (`MSWINDOWS.*`, `LIBARCHIVE.*`): passed on as they are, as binary strings. */
  readonly windows?: ReadonlyMap<string, string>;
}

/** An entry from what matters; the rest is zero. Files and links get mode 0644, directories 0755. */
export function tarEntry(entry: Partial<TarEntry> & Pick<TarEntry, 'path' | 'type'>): TarEntry {
  return {
    path: entry.path,
    type: entry.type,
    mode: entry.mode ?? (entry.type === 'directory' ? 0o755 : entry.type === 'symlink' ? 0o777 : 0o644),
    uid: entry.uid ?? 0,
    gid: entry.gid ?? 0,
    size: entry.size ?? 0,
    mtime: entry.mtime ?? 0,
    mtimeNs: entry.mtimeNs ?? 0,
    linkname: entry.linkname ?? '',
    devmajor: entry.devmajor ?? 0,
    devminor: entry.devminor ?? 0,
    xattrs: entry.xattrs,
    ...(entry.windows === undefined ? {} : { windows: entry.windows }),
  };
}

export function sameXattrs(a: Xattrs | undefined, b: Xattrs | undefined): boolean {
  if ((a?.size ?? 0) !== (b?.size ?? 0)) return false;
  for (const [name, value] of a ?? []) {
    const other = b?.get(name);
    if (other === undefined || Buffer.compare(value, other) !== 0) return false;
  }
  return true;
}
