import { CaissonError } from '@caisson/core';

/** What the kernel calls `\??\`, as programs write it. */
const kernelPrefix = '\\\\?\\';

/** A path in a container's volume: its names, from the root. */
export interface VolumePath {
  /** `..` among them, as it was written. */
  readonly names: readonly string[];
  /** A slash at the end, `/.` or `/..` says that a folder is meant, wherever a link there leads. */
  readonly meansFolder: boolean;
}

/**
 * A path as `cp` takes it: with or without the drive, slashes either way, and always from the root.
 * @throws CaissonError `invalid-argument`
 */
export function volumePath(given: string): VolumePath {
  if (given === '') throw new CaissonError('invalid-argument', 'a path in a container is empty');
  if (given.includes('\0')) throw new CaissonError('invalid-argument', 'a path in a container contains a NUL byte');
  const path = given.replaceAll('\\', '/').replace(/^\/(?=[a-z]:)/i, '');
  const drive = /^([a-z]):/i.exec(path)?.[1];
  if (drive !== undefined && drive.toLowerCase() !== 'c') throw new CaissonError('invalid-argument', `${given} is not on the drive C:, the only one that a container has of its own`);
  const inside = path.slice(drive === undefined ? 0 : 2);
  return { names: inside.split('/').filter((name) => name !== '' && name !== '.'), meansFolder: /(?:^|\/)\.{0,2}$/.test(inside) };
}

/**
 * Where a link of a container leads: names from the root, or from the link's own folder. Undefined for what is not on the container's own
 * volume.
 */
export function linkTarget(target: string, volume: string): { readonly names: readonly string[]; readonly fromRoot: boolean } | undefined {
  const plain = target.replaceAll('/', '\\').replace(/^\\\?\?\\/, kernelPrefix);
  const own = volume.replace(/[\\/]+$/, '').toLowerCase();
  if (plain.toLowerCase() === own || plain.toLowerCase().startsWith(`${own}\\`)) return split(plain.slice(own.length), true);
  const path = plain.replace(/^\\\\\?\\/, '');
  if (/^c:(?:\\|$)/i.test(path)) return split(path.slice(2), true);
  // Another drive, a folder of a drive that only a process has, a share, or another volume.
  if (/^[a-z]:/i.test(path) || path.startsWith('\\\\') || path !== plain) return undefined;
  return split(path, path.startsWith('\\'));
}

function split(path: string, fromRoot: boolean): { names: string[]; fromRoot: boolean } {
  return { names: path.split('\\').filter((name) => name !== '' && name !== '.'), fromRoot };
}
