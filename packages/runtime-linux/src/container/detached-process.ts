import type { ExitStatus, Process } from '@caisson/core';
import { waitForExit } from '../monitor/exit-wait.js';
import type { ContainerFolder } from './folder.js';

/** A process without streams here: it can be waited for, and signalled. */
export class DetachedProcess implements Process {
  readonly stdin = null;
  readonly stdout = null;
  readonly stderr = null;
  readonly #folder: ContainerFolder;
  readonly #kill: (signal: string | number) => Promise<void>;

  constructor(folder: ContainerFolder, kill: (signal: string | number) => Promise<void>) {
    this.#folder = folder;
    this.#kill = kill;
  }

  get pid(): number | undefined {
    return this.#folder.read()?.pid?.pid;
  }

  async resize(): Promise<void> {}

  kill(signal: string | number): Promise<void> {
    return this.#kill(signal);
  }

  wait(): Promise<ExitStatus> {
    return waitForExit(this.#folder);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
