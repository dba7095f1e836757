import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isHeld } from '../../state/file-lock.js';
import { systemCode } from '../../errors.js';
import { watchFolder } from '../logging/watch-folder.js';

/** How long the removal of a container waits for its output to be sent. */
const SENDING_MS = 15_000;

/**
 * Who asks for attendance: a file for each start of a container that needs somebody beside it, named by the container and the start. The
 * file is made before the start, under the container's lock, and removed by the attendant when that run has ended and all is done
 * for it. So nothing is lost whoever is killed: an attendant that begins finds in the folder what there is to do.
 */
export class Attendance {
  readonly folder: string;
  readonly lockPath: string;
  readonly #begin: (() => void) | undefined;

  /** @param begin starts an attendant process, which ends at once where there is one already; absent: nobody attends */
  constructor(runRoot: string, begin: (() => void) | undefined) {
    this.folder = join(runRoot, 'attendant');
    this.lockPath = join(runRoot, 'locks', 'attendant');
    this.#begin = begin;
  }

  request(container: string): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(this.folder, `${container}-${Date.now().toString(36)}`), '', { mode: 0o600 });
    this.ensure();
  }

  /** Container IDs, with the names of their requests. */
  requests(): Map<string, string[]> {
    const found = new Map<string, string[]>();
    for (const name of this.#names()) {
      const [, id] = /^([0-9a-f]{64})-[0-9a-z]+$/.exec(name) ?? [];
      if (id !== undefined) found.set(id, [...(found.get(id) ?? []), name]);
    }
    return found;
  }

  #names(): string[] {
    try {
      return readdirSync(this.folder);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  forget(names: readonly string[]): void {
    for (const name of names) rmSync(join(this.folder, name), { force: true });
  }

  /** Starts the attendant where somebody needs one and it does not run: it has been killed, or this is the first who does. */
  ensure(): void {
    if (this.#begin && this.#names().length > 0 && !isHeld(this.lockPath)) this.#begin();
  }

  /** Resolves when the attendant has done all for a container that has ended, or after `patience` milliseconds. */
  async settled(container: string, patience = SENDING_MS): Promise<void> {
    if (!this.#begin) return;
    const changes = watchFolder(this.folder, { until: new Date(Date.now() + patience) });
    try {
      while (this.requests().has(container) && !changes.isOver()) {
        this.ensure();
        await changes.next();
      }
    } finally {
      changes.close();
    }
  }
}
