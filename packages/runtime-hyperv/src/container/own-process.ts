import { PassThrough, Writable } from 'node:stream';
import { CaissonError, type ExecOptions, type ExitStatus, type Process, type TerminalSize } from '@caisson/core';
import type { ComputeContainer } from './compute-container.js';
import type { ContainerProcess } from './container-process.js';
import { windowsSignal } from './signals.js';

/** The main process of a container that the calling process itself owns: `Runtime.run`. When `wait` has resolved, the container is gone. */
export class OwnProcess implements Process {
  readonly stdin: Writable | null;
  readonly stdout: PassThrough | null;
  readonly stderr: PassThrough | null;
  readonly #main: ContainerProcess;
  readonly #container: ComputeContainer;
  readonly #exit: Promise<ExitStatus>;
  #over = false;

  constructor(container: ComputeContainer, main: ContainerProcess, options: ExecOptions, clearUp: () => void) {
    this.#container = container;
    this.#main = main;
    const { terminal, stdin } = container.prepared.spec.process;
    this.stdout = options.stdio === 'none' ? null : new PassThrough();
    this.stderr = options.stdio === 'none' || terminal ? null : new PassThrough();
    this.stdin = stdin && options.stdio !== 'none' ? this.#input() : null;
    pump(main.stdout, this.stdout);
    pump(main.stderr, this.stderr);
    const abort = () => void this.kill('KILL').catch(() => {});
    options.signal?.addEventListener('abort', abort, { once: true });
    if (options.signal?.aborted) abort();
    this.#exit = this.#end(() => {
      options.signal?.removeEventListener('abort', abort);
      clearUp();
    });
    this.#exit.catch(() => {}); // told by `wait`
  }

  async #end(clearUp: () => void): Promise<ExitStatus> {
    void this.#container.ended.then(() => setTimeout(() => this.#main.lose(), 2000).unref());
    try {
      return await this.#main.exit;
    } finally {
      this.#over = true;
      await this.#container.end();
      this.stdin?.destroy();
      clearUp();
    }
  }

  #input(): Writable {
    const input = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        const { stdin } = this.#main;
        if (!stdin || stdin.destroyed) return done();
        if (stdin.write(chunk)) done();
        else stdin.once('drain', done).once('close', done);
      },
      final: (done) => {
        void this.#main.closeStdin().finally(done);
      },
    });
    input.on('error', () => {});
    return input;
  }

  async resize({ columns, rows }: TerminalSize): Promise<void> {
    await this.#main.resize(columns, rows);
  }

  async kill(signal: string | number): Promise<void> {
    const event = windowsSignal(signal);
    if (this.#over) throw new CaissonError('in-use', 'the process has ended');
    await this.#main.kill(signal);
    if (event === 'kill') await this.#container.terminate();
  }

  wait(): Promise<ExitStatus> {
    return this.#exit;
  }

  /** It lives and dies with its caller: letting go of it ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) await this.kill('KILL').catch(() => {});
    await this.#exit.catch(() => {});
  }
}

function pump(from: ContainerProcess['stdout'], to: PassThrough | null): void {
  if (!from) return;
  if (to) from.pipe(to);
  else from.resume();
  // A pipe that breaks off has no end of its own.
  if (to) from.once('close', () => to.end());
}
