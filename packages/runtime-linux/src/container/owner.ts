import { closeSync, constants, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { loadSyscalls } from '../syscalls.js';

/**
 * The fifos that this process holds for the containers it supervises (see exit-hook.ts). They lie outside the containers' folders, for
 * they are to outlast them: tidying up goes on after the runtime has deleted its part.
 */
export class Owners {
  readonly #folder: string;
  readonly #held = new Map<string, { path: string; fd: number }>();
  #serial = 0;

  constructor(runRoot: string) {
    this.#folder = join(runRoot, 'owners');
  }

  /** A name for a new fifo: never one that an earlier run of the container had, whose hook may still look at it. */
  pathFor(id: string): string {
    return join(this.#folder, `${id}-${process.pid}-${this.#serial++}-${Date.now().toString(36)}`);
  }

  hold(id: string, path: string): void {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    loadSyscalls().mkfifo(path, 0o600);
    this.release(id);
    this.#held.set(id, { path, fd: openSync(path, constants.O_RDWR | constants.O_NONBLOCK) });
  }

  /** Tells the hook that there is nothing left to do. */
  release(id: string): void {
    const held = this.#held.get(id);
    if (!held) return;
    this.#held.delete(id);
    // First the word, for a hook that has the fifo open; then the name, for one that has not.
    writeSync(held.fd, 'done\n');
    rmSync(held.path, { force: true });
    closeSync(held.fd);
  }
}
