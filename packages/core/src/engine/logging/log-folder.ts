import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../../errors.js';
import { LogFile } from './log-file.js';

/** A file that is no longer written to: `log.7`, or `log.7.gz` once it is compressed. */
export interface RotatedLog {
  readonly sequence: number;
  readonly path: string;
  readonly compressed: boolean;
}

/**
 * The files of one container's log. The monitor appends to `log`. When that has grown to its limit it is renamed to `log.N`, N being one
 * more than the highest there has been, and the monitor goes on in a new `log`: whoever has read up to a place in `log` finds that very
 * place in `log.N` afterwards. A place is therefore the number that a file has or is going to have, and an offset.
 */
export class LogFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  get current(): string {
    return join(this.path, 'log');
  }

  /** The oldest first. One that is being compressed is there once. */
  rotated(): RotatedLog[] {
    const bySequence = new Map<number, RotatedLog>();
    for (const name of this.#names()) {
      const [, number, compressed] = /^log\.(\d+)(\.gz)?$/.exec(name) ?? [];
      // Both are there until the plain one is removed, and the plain one is quicker to read.
      if (number !== undefined && !(compressed && bySequence.has(Number(number)))) bySequence.set(Number(number), { sequence: Number(number), path: join(this.path, name), compressed: compressed !== undefined });
    }
    return [...bySequence.values()].sort((a, b) => a.sequence - b.sequence);
  }

  /** What a rotation that was cut short has left half-written. */
  halfWritten(): string[] {
    return this.#names().filter((name) => /^log\.\d+\.gz\.part$/.test(name)).map((name) => join(this.path, name));
  }

  #names(): string[] {
    try {
      return readdirSync(this.path);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  /** The highest number that there is; 0 before the first rotation. */
  lastRotated(): number {
    return this.rotated().at(-1)?.sequence ?? 0;
  }

  hasCurrent(): boolean {
    return statSync(this.current, { throwIfNoEntry: false }) !== undefined;
  }

  /**
   * Opens the file of this number, or the next there is where that one has been dropped. Undefined where there is none (yet): between a
   * rename and the monitor's new file, or before anything was written.
   */
  open(sequence: number): LogFile | undefined {
    for (let tries = 0; tries < 20; tries++) {
      const rotated = this.rotated();
      const found = rotated.find((log) => log.sequence >= sequence);
      const file = found ? LogFile.open(found.path, found) : LogFile.open(this.current, { sequence: (rotated.at(-1)?.sequence ?? 0) + 1, compressed: false });
      // Whatever was renamed or removed meanwhile may have been that very file.
      if (file && (found || this.lastRotated() === (rotated.at(-1)?.sequence ?? 0))) return file;
      file?.close();
      if (!file && !found) return undefined;
    }
    return undefined;
  }

  /** True when the file of this number will not grow any more: it has been renamed, and the monitor goes on in another one. */
  isComplete(sequence: number): boolean {
    const last = this.lastRotated();
    return sequence < last || (sequence === last && this.hasCurrent());
  }
}
