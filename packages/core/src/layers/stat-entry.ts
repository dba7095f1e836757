import type { BigIntStats } from 'node:fs';
import type { EntryType, TarEntry } from './entry.js';
import type { RawPath } from './raw-path.js';

const billion = 1_000_000_000n;

/** A file as an archive has it, without its link target and xattrs; undefined for a socket. Needs stats with `bigint` for exact times. */
export function entryOf(path: RawPath, stat: BigIntStats): TarEntry | undefined {
  const type = typeOf(stat);
  if (type === undefined) return undefined;
  // BigInt division rounds towards zero, and seconds are to be rounded down.
  const ns = Number(((stat.mtimeNs % billion) + billion) % billion);
  const isDevice = type === 'char' || type === 'block';
  return {
    path,
    type,
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    size: type === 'file' ? Number(stat.size) : 0,
    mtime: Number((stat.mtimeNs - BigInt(ns)) / billion),
    mtimeNs: ns,
    linkname: '',
    devmajor: isDevice ? major(stat.rdev) : 0,
    devminor: isDevice ? minor(stat.rdev) : 0,
    xattrs: undefined,
  };
}

export function typeOf(stat: BigIntStats): Exclude<EntryType, 'hardlink'> | undefined {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  if (stat.isSymbolicLink()) return 'symlink';
  if (stat.isCharacterDevice()) return 'char';
  if (stat.isBlockDevice()) return 'block';
  return stat.isFIFO() ? 'fifo' : undefined;
}

/** As glibc's gnu_dev_major and gnu_dev_minor take a device number apart. */
function major(dev: bigint): number {
  return Number(((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n));
}

function minor(dev: bigint): number {
  return Number((dev & 0xffn) | ((dev >> 12n) & 0xffffff00n));
}
