import type { Mount } from '@caisson/core';

/** The value of an option such as `upperdir=`. Paths with commas, colons or backslashes do not occur: the snapshotter refuses such roots. */
export function optionValue(mount: Mount, name: string): string | undefined {
  return mount.options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** The lower folders of an overlay mount, topmost first. */
export function lowerFolders(mount: Mount): string[] {
  return optionValue(mount, 'lowerdir')?.split(':') ?? [];
}
