import { pipeline } from 'node:stream/promises';
import type { ExitStatus, Process, TerminalSize } from '@caisson/core';

/** A remote process with this process's own streams: what comes is written there, and standard input is sent. */
export class InheritingProcess implements Process {
  readonly stdin = null;
  readonly stdout = null;
  readonly stderr = null;
  readonly #remote: Process;
  readonly #output: Promise<unknown>;

  constructor(remote: Process, stdin: boolean) {
    this.#remote = remote;
    const { stdout, stderr } = remote;
    this.#output = Promise.all([stdout && pipeline(stdout, process.stdout, { end: false }), stderr && pipeline(stderr, process.stderr, { end: false })]);
    this.#output.catch(() => {}); // told by wait
    if (stdin && remote.stdin) process.stdin.pipe(remote.stdin);
  }

  resize(size: TerminalSize): Promise<void> {
    return this.#remote.resize(size);
  }

  kill(signal: string | number): Promise<void> {
    return this.#remote.kill(signal);
  }

  async wait(): Promise<ExitStatus> {
    await this.#output;
    return this.#remote.wait();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#remote.stdin) {
      process.stdin.unpipe(this.#remote.stdin);
      process.stdin.pause();
      process.stdin.unref?.();
    }
    await this.#remote[Symbol.asyncDispose]();
  }
}
