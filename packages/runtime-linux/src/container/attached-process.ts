import type { Readable, Writable } from 'node:stream';
import type { ExitStatus, Process, TerminalSize } from '@caisson/core';
import { attachTo, type Attachment } from '../monitor/attach.js';
import { resizeTerminal } from '../monitor/control.js';
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
      if (this.#stop.signal.aborted) this.#attachment.close(); // detached
      // Removed by somebody who saw the exit sooner: it was written after the last byte was passed on, which may still lie in the socket.
      else this.#attachment.finish();
    }
  }

  get pid(): number | undefined {
    return this.#folder.read()?.pid?.pid;
  }

  async resize(size: TerminalSize): Promise<void> {
    resizeTerminal(this.#folder, size);
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
