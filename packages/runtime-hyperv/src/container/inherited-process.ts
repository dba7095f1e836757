import type { ExitStatus, Process, TerminalSize } from '@caisson/core';

/** A process whose streams are those of the calling process: handles cannot be inherited through the service, so that they are copied. */
export class InheritedProcess implements Process {
  readonly stdin = null;
  readonly stdout = null;
  readonly stderr = null;
  readonly #inner: Process;

  constructor(inner: Process) {
    this.#inner = inner;
    inner.stdout?.pipe(process.stdout, { end: false });
    inner.stderr?.pipe(process.stderr, { end: false });
    if (inner.stdin) process.stdin.pipe(inner.stdin);
  }

  resize(size: TerminalSize): Promise<void> {
    return this.#inner.resize(size);
  }

  kill(signal: string | number): Promise<void> {
    return this.#inner.kill(signal);
  }

  async wait(): Promise<ExitStatus> {
    const exit = await this.#inner.wait();
    this.#release();
    return exit;
  }

  #release(): void {
    if (!this.#inner.stdin) return;
    process.stdin.unpipe(this.#inner.stdin);
    process.stdin.pause();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#release();
    await this.#inner[Symbol.asyncDispose]();
  }
}
