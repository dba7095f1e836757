import type { BigIntStats } from 'node:fs';
import type { FsPath, Syscalls } from './syscalls.js';

/** overlayfs's whiteout in its usual form: a character device 0/0 (kernel documentation, overlayfs.rst «whiteouts and opaque directories»). */
export function isOverlayWhiteout(stat: BigIntStats): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0n;
}

/** overlayfs keeps its own records in these: they mean something else, or harm, on any other file system and never go into a layer. */
export function isOverlayXattr(name: string): boolean {
  return name.startsWith('trusted.overlay.') || name.startsWith('user.overlay.');
}

/** The value of overlayfs's own xattr of this name, of whichever prefix, as text. */
export function overlayXattrValue(syscalls: Syscalls, path: FsPath, name: string): string | undefined {
  const value = syscalls.lgetxattr(path, `trusted.overlay.${name}`) ?? syscalls.lgetxattr(path, `user.overlay.${name}`);
  return value === undefined ? undefined : Buffer.from(value).toString('latin1');
}
