import { lstatSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import type { Mount } from '@caisson/core';
import { removeTree } from '../container/remove-tree.js';
import { optionValue } from './overlay-mount.js';

/**
 * The mounts without waiting for the disk. At its end an overlay otherwise writes out all of the file system below it, which takes
 * seconds on a busy disk. Since Linux 5.10.
 */
export function volatile(mounts: readonly Mount[], kernel: string = release()): readonly Mount[] {
  const [major = 0, minor = 0] = kernel.split('.').map(Number);
  if (major < 5 || (major === 5 && minor < 10)) return mounts;
  return mounts.map((mount) => (mount.type === 'overlay' && optionValue(mount, 'upperdir') !== undefined ? { ...mount, options: [...mount.options, 'volatile'] } : mount));
}

/**
 * Takes away the mark that a volatile mount leaves. With it, the kernel refuses to mount the same folders again, for after a crash of the
 * host their contents would be in doubt; a store whose host has crashed is checked as a whole.
 */
export function forgetVolatile(mounts: readonly Mount[]): void {
  for (const mount of mounts) {
    const work = mount.type === 'overlay' ? optionValue(mount, 'workdir') : undefined;
    const mark = work === undefined ? undefined : join(work, 'work/incompat');
    if (mark !== undefined && lstatSync(mark, { throwIfNoEntry: false })) removeTree(mark);
  }
}
