import type { ExitStatus, ProcessSpec } from '@caisson/core';
import type { ComputeProcess } from '../hcs/compute-process.js';
import type { HandleStream } from '../win32/handle-stream.js';
import { windowsSignal } from './signals.js';

/** How long output may still come after an exit: a child may have kept the pipe. */
const drainTime = 2000;

/** A process of a container with its streams. `exit` resolves once, when it has ended and its output has been read to the end. */
export class ContainerProcess {
  readonly exit: Promise<ExitStatus>;
  readonly #process: ComputeProcess;
  readonly #lost: PromiseWithResolvers<undefined> = Promise.withResolvers();
  #killed = false;
  #stdinClosed = false;

  constructor(process: ComputeProcess, spec: Pick<ProcessSpec, 'stdin'>) {
    this.#process = process;
    this.exit = this.#exit();
    if (!spec.stdin) void this.closeStdin();
    process.stdin?.once('error', () => (this.#stdinClosed = true));
  }

  get pid(): number {
    return this.#process.pid;
  }

  get stdin(): HandleStream | undefined {
    return this.#process.stdin;
  }

  get stdout(): HandleStream | undefined {
    return this.#process.stdout;
  }

  get stderr(): HandleStream | undefined {
    return this.#process.stderr;
  }

  /** Sees to it that the program finds the end of its input, after all that was written. Safe to repeat. */
  async closeStdin(): Promise<void> {
    if (this.#stdinClosed) return;
    this.#stdinClosed = true;
    const { stdin } = this.#process;
    if (stdin && !stdin.destroyed) await new Promise<void>((resolve) => stdin.write('', () => resolve()));
    await this.#process.closeStdin().catch(() => {}); // it may just have ended
    stdin?.destroy();
  }

  async kill(signal: string | number): Promise<void> {
    const event = windowsSignal(signal);
    if (event === 'kill') {
      this.#killed = true;
      await this.#process.terminate();
    } else await this.#process.signal(event);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.#process.resize(columns, rows);
  }

  /** The container has been ended by `kill`. */
  markKilled(): void {
    this.#killed = true;
  }

  /** The system has gone: no exit will be told any more. */
  lose(): void {
    this.#lost.resolve(undefined);
  }

  async #exit(): Promise<ExitStatus> {
    const code = await Promise.race([this.#process.exited, this.#lost.promise]);
    const at = new Date();
    await this.#drained();
    await this.#process.close().catch(() => {});
    this.#process.destroyStreams();
    return { code: this.#killed || code === undefined ? 137 : code, at, oomKilled: false };
  }

  /** Waits until both outputs have ended. A reader that takes its time is waited for; a pipe that only stays open is not. */
  async #drained(): Promise<void> {
    const streams = [this.#process.stdout, this.#process.stderr].flatMap((stream) => (stream && !stream.readableEnded && !stream.destroyed ? [stream] : []));
    await Promise.all(
      streams.map(
        (stream) =>
          new Promise<void>((resolve) => {
            let timer: NodeJS.Timeout | undefined;
            let seen = stream.bytesRead;
            // Where this process was kept waiting itself, what has come meanwhile is read before it is looked at.
            const wait = () => void (timer = setTimeout(() => setImmediate(look), drainTime));
            const look = () => {
              if (stream.isPaused() || stream.bytesRead > seen || stream.readableLength > 0) {
                seen = stream.bytesRead;
                wait();
              } else done();
            };
            const done = () => {
              clearTimeout(timer);
              resolve();
            };
            wait();
            stream.once('end', done).once('close', done);
          }),
      ),
    );
  }
}
