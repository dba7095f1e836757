import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, systemCode } from '@caisson/core';
import { loadSyscalls, MNT_DETACH, MS } from '../syscalls.js';

const NOEXEC = MS.NOSUID | MS.NODEV | MS.NOEXEC;

/**
 * /dev/shm of containers that share their IPC namespace: a mount on the host, for a mount cannot be taken from one container into another.
 * It is there from the creation of the container to its deletion.
 */
export class SharedMemory {
  readonly #folder: string;

  constructor(runRoot: string) {
    this.#folder = join(runRoot, 'shm');
  }

  pathOf(id: string): string {
    return join(this.#folder, id);
  }

  make(id: string, size: number): void {
    this.remove(id);
    const path = this.pathOf(id);
    mkdirSync(path, { recursive: true, mode: 0o711 });
    try {
      loadSyscalls().mount('shm', path, 'tmpfs', NOEXEC, `mode=1777,size=${size}`);
    } catch (error) {
      throw fromSystemError(error, `mounting ${path}`);
    }
  }

  /** Quietly nothing where there is none. Who has it mounted as well keeps it until its own end. */
  remove(id: string): void {
    const path = this.pathOf(id);
    try {
      rmdirSync(path);
      return; // not mounted
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return;
      if (systemCode(error) !== 'EBUSY') throw fromSystemError(error, `removing ${path}`);
    }
    loadSyscalls().umount(path, MNT_DETACH);
    rmdirSync(path);
  }
}
