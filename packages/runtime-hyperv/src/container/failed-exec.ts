import { Readable } from 'node:stream';
import type { CaissonError, ExecOptions, ExitStatus, Process } from '@caisson/core';

/** An exec of a program that is not there: a process that has ended with 127 and says why, as a shell would. */
export class FailedExec implements Process {
  readonly stdin = null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly #exit: ExitStatus;

  constructor(error: CaissonError, { stdio }: Pick<ExecOptions, 'stdio'>, terminal: boolean) {
    const text = `${error.message}\n`;
    if (stdio === 'inherit') process.stderr.write(text);
    this.stdout = stdio === 'pipe' ? Readable.from(terminal ? [text] : [], { objectMode: false }) : null;
    this.stderr = stdio === 'pipe' && !terminal ? Readable.from([text], { objectMode: false }) : null;
    this.#exit = { code: 127, at: new Date(), oomKilled: false };
  }

  async resize(): Promise<void> {}

  async kill(): Promise<void> {}

  async wait(): Promise<ExitStatus> {
    return this.#exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stdout?.destroy();
    this.stderr?.destroy();
  }
}
