import type { Syscalls } from '@caisson/core';

/** What Node lacks for files, where this host has it: exact times, xattrs, devices. */
export async function hostSyscalls(): Promise<Syscalls | undefined> {
  if (process.platform !== 'linux') return undefined;
  return (await import('@caisson/runtime-linux')).loadSyscalls();
}
