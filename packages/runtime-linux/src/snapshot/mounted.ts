import { mkdirSync, mkdtempSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, type Mount } from '@caisson/core';
import { loadSyscalls, MNT_DETACH, MS } from '../syscalls.js';
import { command } from '../host/command.js';
import { requireProgram } from '../host/programs.js';
import { OPTIONS_MAX, shortened } from './overlay-mount.js';
import { forgetVolatile } from './volatile.js';

const flags: Readonly<Record<string, number>> = { ro: MS.RDONLY, nosuid: MS.NOSUID, nodev: MS.NODEV, noexec: MS.NOEXEC, bind: MS.BIND, rbind: MS.BIND | MS.REC, rw: 0 };

/** Mounts a root file system below `folder` for the time of `use`, which gets its path. */
export async function mounted<T>(mounts: readonly Mount[], folder: string, use: (path: string) => T | Promise<T>): Promise<T> {
  const [mount] = mounts;
  if (!mount || mounts.length !== 1) throw new CaissonError('unsupported', `a root file system is one mount, not ${mounts.length}`);
  forgetVolatile(mounts);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const target = mkdtempSync(join(folder, 'mount-'));
  try {
    await attach(mount, target);
    try {
      return await use(target);
    } finally {
      loadSyscalls().umount(target, MNT_DETACH);
    }
  } finally {
    rmdirSync(target);
  }
}

/** Mounts one file system at `target`, whatever the length of its options. */
export async function attach(mount: Mount, target: string): Promise<void> {
  const data = mount.options.filter((option) => !(option in flags)).join(',');
  const bits = mount.options.reduce((all, option) => all | (flags[option] ?? 0), 0);
  const bind = (bits & MS.BIND) !== 0 || mount.type === 'bind';
  try {
    if (data.length <= OPTIONS_MAX) {
      loadSyscalls().mount(mount.source, target, bind ? null : mount.type, bind ? bits | MS.BIND : bits, data);
      // A bind mount takes its flags from a second call only.
      if (bind && (bits & ~(MS.BIND | MS.REC)) !== 0) loadSyscalls().mount('none', target, null, bits | MS.REMOUNT | MS.BIND, null);
      return;
    }
  } catch (cause) {
    throw new CaissonError('runtime-failed', `cannot mount the root file system: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  const short = shortened(mount);
  const { code, stderr } = await command(requireProgram('mount'), ['-n', '-i', '-t', mount.type, '-o', short.mount.options.join(','), mount.source, target], { cwd: short.folder });
  if (code !== 0) throw new CaissonError('runtime-failed', `cannot mount the root file system: ${stderr.trim()}`);
}
