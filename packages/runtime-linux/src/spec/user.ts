import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { CaissonError, type Mount, type ProcessSpec } from '@caisson/core';
import { loadSyscalls } from '../syscalls.js';
import { parseGroup, parsePasswd, resolveUser, type ResolvedUser, type UserTables } from './passwd.js';
import { RootfsView } from './rootfs-view.js';

const MAX_TABLE = 4 * 1024 * 1024;

/** The user of a process in a root file system that is yet to be mounted. */
export function userIn(rootfs: readonly Mount[], process: ProcessSpec): ResolvedUser {
  const view = RootfsView.of(rootfs);
  return resolveUser(process.user, process.additionalGroups ?? [], tables((path) => view?.readText(path, MAX_TABLE)));
}

/**
 * The user of a process in a running container, whose processes may change links meanwhile: the kernel resolves the path as they see it,
 * in one step.
 */
export function userOfRunning(pid: number, process: ProcessSpec): ResolvedUser {
  const root = openSync(`/proc/${pid}/root`, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    return resolveUser(process.user, process.additionalGroups ?? [], tables((path) => readIn(root, path)));
  } finally {
    closeSync(root);
  }
}

function readIn(root: number, path: string): string | undefined {
  const syscalls = loadSyscalls();
  let fd: number;
  try {
    fd = syscalls.openInRoot(root, path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return undefined;
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return undefined;
    if (stat.size > MAX_TABLE) throw new CaissonError('limit-exceeded', `${path} of the container is larger than ${MAX_TABLE} bytes`);
    const buffer = Buffer.allocUnsafe(stat.size);
    return buffer.toString('utf8', 0, readSync(fd, buffer, 0, stat.size, 0));
  } finally {
    closeSync(fd);
  }
}

function tables(read: (path: string) => string | undefined): UserTables {
  return { passwd: once(() => parsePasswd(read('/etc/passwd') ?? '')), group: once(() => parseGroup(read('/etc/group') ?? '')) };
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
