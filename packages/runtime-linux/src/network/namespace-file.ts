import { closeSync, constants, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fromSystemError, systemCode } from '@caisson/core';
import { loadSyscalls, MNT_DETACH, MS } from '../syscalls.js';

/** Makes a network namespace that stays, as a mount at `path`, in place of one that is there; `body` runs in it. */
export function makeNamespace(path: string, body: () => void): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o711 });
  try {
    closeSync(openSync(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDONLY, 0o444));
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw fromSystemError(error, `making the network namespace ${path}`);
    removeNamespaceFile(path);
    closeSync(openSync(path, constants.O_CREAT | constants.O_RDONLY, 0o444));
  }
  const syscalls = loadSyscalls();
  syscalls.inNetwork('new', () => {
    body();
    syscalls.mount('/proc/thread-self/ns/net', path, null, MS.BIND, null);
  });
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
