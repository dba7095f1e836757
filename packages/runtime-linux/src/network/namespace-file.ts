import { closeSync, constants, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fromSystemError, systemCode } from '@caisson/core';
import { inNamespace } from './ground.js';
import { LOOPBACK, setUp } from './netlink.js';
import { loadSyscalls, MNT_DETACH, MS } from '../syscalls.js';

/** Makes a network namespace that stays, as a mount at `path`, in place of one that is there; its loopback is up. */
export function makeNamespace(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o711 });
  try {
    closeSync(openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDONLY, 0o444));
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw fromSystemError(error, `making the network namespace ${path}`);
    removeNamespaceFile(path);
    closeSync(openSync(path, constants.O_CREAT | constants.O_RDONLY, 0o444));
  }
  const syscalls = loadSyscalls();
  const namespace = syscalls.newNetwork();
  try {
    syscalls.mount(`/proc/self/fd/${namespace}`, path, null, MS.BIND, null);
    inNamespace(namespace, (talk) => talk([setUp(LOOPBACK)]));
  } finally {
    closeSync(namespace);
  }
}

export function removeNamespaceFile(path: string): void {
  if (!statSync(path, { throwIfNoEntry: false })) return;
  try {
    loadSyscalls().umount(path, MNT_DETACH);
  } catch (error) {
    if (systemCode(error) !== 'EINVAL') throw fromSystemError(error, `removing the network namespace ${path}`); // EINVAL: not mounted
  }
  rmSync(path, { force: true });
}

/** Whether a namespace is mounted there, and not just a file left of one. */
export function isNamespaceFile(path: string): boolean {
  const own = statSync(path, { throwIfNoEntry: false });
  return own !== undefined && own.dev !== statSync(dirname(path)).dev;
}
