import { dirname, relative } from 'node:path';
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
 * A mount and the folder to be in when it is made. Where the options are too long for the kernel, the lower folders are named relative to
 * the folder that they have in common: that leaves room for hundreds.
 */
export function shortened(mount: Mount): { folder: string; mount: Mount } {
  const lowers = lowerFolders(mount);
  const folder = commonFolder(lowers);
  if (mount.options.join(',').length < OPTIONS_MAX || folder === '/') return { folder: '/', mount };
  const options = mount.options.map((option) => (option.startsWith('lowerdir=') ? `lowerdir=${lowers.map((lower) => relative(folder, lower)).join(':')}` : option));
  return { folder, mount: { ...mount, options } };
}

function commonFolder([first = '/', ...others]: readonly string[]): string {
  let folder = dirname(first);
  while (folder !== '/' && others.some((other) => !other.startsWith(`${folder}/`))) folder = dirname(folder);
  return folder;
}
