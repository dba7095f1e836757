import { statfsSync } from 'node:fs';
import { CaissonError } from '../../../errors.js';
import type { FsPath } from '../../../layers/syscalls.js';

/** statfs(2)'s types of the file systems whose files are made as they are read, and whose stat says nothing of their length. */
const kernelTypes: ReadonlySet<number> = new Set([
  0x9fa0, // proc
  0x62656572, // sysfs
  0x27e0eb, // cgroup
  0x63677270, // cgroup2
  0x64626720, // debugfs
  0x74726163, // tracefs
  0x73636673, // securityfs
  0x62656570, // configfs
  0xcafe4a11, // bpf
]);

/** Whether the file or folder is the kernel's, as of /proc and /sys, rather than one that is kept somewhere. Follows a link: do not ask for one. */
export function isKernels(location: FsPath): boolean {
  try {
    return kernelTypes.has(statfsSync(location).type >>> 0);
  } catch {
    // It has gone, or may not be looked at: whoever reads it is told.
    return false;
  }
}

/** What a path that is the kernel's is answered with; docker does not find it either. */
export function kernelsOwn(path: string, hint?: string): CaissonError {
  return new CaissonError('not-found', `${path} is made by the kernel as it is read: there is no such file to copy`, hint === undefined ? {} : { hint });
}
