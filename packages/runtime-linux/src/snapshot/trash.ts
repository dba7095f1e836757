import { spawn } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, statSync, unlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { systemCode } from '@caisson/core';

/** As many files are deleted on the spot; what has more is left to a process in the background. */
const ON_THE_SPOT = 200;
/** Entries of the trash folder that are this old belong to nobody who still lives. */
const FORGOTTEN_MS = 60 * 60 * 1000;

/** Takes folders out of sight by a rename, which is at once, and then deletes them, which is not: on a busy disk 40,000 files take half a minute. */
export class Trash {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Quietly nothing for a folder that is not there. */
  discard(path: string, aside: string): void {
    mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    try {
      renameSync(path, aside);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return;
      throw error;
    }
    const left = { files: ON_THE_SPOT };
    if (!removeSome(Buffer.from(aside), left)) this.#inBackground([aside]);
  }

  /** Deletes what processes that were killed have left. */
  empty(): void {
    let names: string[];
    try {
      names = readdirSync(this.folder);
    } catch {
      return;
    }
    const old = names.map((name) => join(this.folder, name)).filter((path) => Date.now() - (statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? Date.now()) > FORGOTTEN_MS);
    if (old.length > 0) this.#inBackground(old);
  }

  #inBackground(paths: readonly string[]): void {
    // By names, in the folder: no path here can be taken for an option, nor lead out of it.
    const child = spawn('rm', ['-rf', '--', ...paths.map((path) => `./${basename(path)}`)], { cwd: this.folder, stdio: 'ignore', detached: true });
    child.on('error', () => {});
    child.unref();
  }
}

/** True when all is gone; false when `left` came to its end before. Names need not be text. */
function removeSome(path: Buffer, left: { files: number }): boolean {
  if (left.files-- <= 0) return false;
  if (!lstatSync(path).isDirectory()) {
    unlinkSync(path);
    return true;
  }
  for (const name of readdirSync(path, { encoding: 'buffer' })) {
    if (!removeSome(Buffer.concat([path, Buffer.from('/'), name]), left)) return false;
  }
  rmdirSync(path);
  return true;
}
