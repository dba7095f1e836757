import { constants, closeSync, openSync, writeSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { CaissonError, type ExitStatus, type Process, type TerminalSize } from '@caisson/core';
import { attachTo, type Attachment } from '../monitor/attach.js';
import { waitForExit } from '../monitor/exit-wait.js';
import type { ContainerFolder } from './folder.js';

/**
 * A process with a monitor, as one attached client sees it. The streams end when the process has ended and all its output has come:
 * the monitor writes the exit only after it has passed on the last byte.
 */
export class AttachedProcess implements Process {
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  readonly stderr: Readable | null;
  readonly #folder: ContainerFolder;
  readonly #attachment: Attachment;
  readonly #kill: (signal: string | number) => Promise<void>;
  readonly #stop = new AbortController();
  readonly #exit: Promise<ExitStatus>;

  constructor(folder: ContainerFolder, options: { stdin: boolean; terminal: boolean; kill: (signal: string | number) => Promise<void>; ended?: () => void }) {
    this.#folder = folder;
    this.#kill = options.kill;
    this.#attachment = attachTo(folder.attachSocket, options);
    ({ stdin: this.stdin, stdout: this.stdout, stderr: this.stderr } = this.#attachment);
    this.#exit = waitForExit(folder, this.#stop.signal);
    void this.#endWith(options.ended);
  }

  async #endWith(ended: (() => void) | undefined): Promise<void> {
    try {
      await this.#exit;
      this.#attachment.finish();
      ended?.();
    } catch {
      this.#attachment.close(); // detached, or removed by somebody else: wait() tells
    }
  }

  async resize({ columns, rows }: TerminalSize): Promise<void> {
    resizeTerminal(this.#folder, columns, rows);
  }

  kill(signal: string | number): Promise<void> {
    return this.#kill(signal);
  }

  wait(): Promise<ExitStatus> {
    return this.#exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    this.#attachment.close();
  }
}

/** Tells the monitor the new size. Quietly nothing when it has gone meanwhile. */
function resizeTerminal(folder: ContainerFolder, columns: number, rows: number): void {
  // conmon takes no more than 1000 either way.
  if (![columns, rows].every((size) => Number.isInteger(size) && size >= 0 && size <= 1000)) throw new CaissonError('invalid-argument', `not the size of a terminal: ${columns}×${rows}`);
  try {
    const fd = openSync(folder.file('ctl'), constants.O_WRONLY | constants.O_NONBLOCK);
    try {
      writeSync(fd, `1 ${rows} ${columns}\n`);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && (error.code === 'ENXIO' || error.code === 'ENOENT'))) throw error;
  }
}
