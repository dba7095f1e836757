import { basename, dirname } from 'node:path';
import type { Mount } from '@caisson/core';

/** The value of an option such as `upperdir=`. Paths with commas, colons or backslashes do not occur: the snapshotter refuses such roots. */
export function optionValue(mount: Mount, name: string): string | undefined {
  return mount.options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** The lower folders of an overlay mount, topmost first. */
export function lowerFolders(mount: Mount): string[] {
  return optionValue(mount, 'lowerdir')?.split(':') ?? [];
}

/** mount(2) takes one page of options, with its final zero. */
export const OPTIONS_MAX = 4095;

/**
 * A mount and the folder to be in when it is made. Where the options are too long for the kernel, the lower folders, which are beside one
 * another, are named relative to their parent: that leaves room for hundreds.
 */
export function shortened(mount: Mount): { folder: string; mount: Mount } {
  const lowers = lowerFolders(mount);
  const parent = dirname(lowers[0] ?? '/');
  if (mount.options.join(',').length < OPTIONS_MAX || lowers.some((lower) => dirname(lower) !== parent)) return { folder: '/', mount };
  const options = mount.options.map((option) => (option.startsWith('lowerdir=') ? `lowerdir=${lowers.map((lower) => basename(lower)).join(':')}` : option));
  return { folder: parent, mount: { ...mount, options } };
}
