import type { Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { CaissonError, type ExitStatus, type Process, type TerminalSize } from '@caisson/core';
import { windowsSignal } from '../container/signals.js';
import { encodeFrame, encodeJson, frame } from './frames.js';
import { exitStatus, type ExitRecord } from './messages.js';

export interface RemoteProcessOptions {
  readonly stdin: boolean;
  readonly terminal: boolean;
  /** Output is of no interest. */
  readonly detached?: boolean;
  /** What the exit was, where the connection broke off before it was told. */
  readonly lost: () => Promise<ExitStatus>;
}

/** A process behind a monitor's pipe, as one client sees it. */
export class RemoteProcess implements Process {
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly #socket: Socket;
  readonly #exit = Promise.withResolvers<ExitStatus>();
  #over = false;

  constructor(socket: Socket, options: RemoteProcessOptions) {
    this.#socket = socket;
    const read = () => void socket.resume();
    this.stdout = options.detached ? null : new Readable({ read });
    this.stderr = options.detached || options.terminal ? null : new Readable({ read });
    this.stdin = options.stdin ? this.#input() : null;
    this.#exit.promise.catch(() => {}); // told by `wait`
    socket.once('close', () => void this.#closed(options.lost));
  }

  /** What the monitor sends. */
  take(type: number, data: Buffer): void {
    if (type === frame.stdout || type === frame.stderr) {
      const stream = type === frame.stdout ? this.stdout : this.stderr;
      if (stream && !stream.destroyed && !stream.push(Buffer.from(data))) this.#socket.pause();
    } else if (type === frame.exit) this.#ended(exitStatus(JSON.parse(data.toString()) as ExitRecord));
  }

  #ended(exit: ExitStatus): void {
    this.#finish();
    this.#exit.resolve(exit);
    this.#socket.end();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    for (const stream of [this.stdout, this.stderr]) if (stream && !stream.destroyed) stream.push(null);
    this.stdin?.destroy();
  }

  async #closed(lost: () => Promise<ExitStatus>): Promise<void> {
    if (this.#over) return;
    this.#finish();
    await lost().then(this.#exit.resolve, this.#exit.reject);
  }

  #input(): Writable {
    const input = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (this.#over || this.#socket.destroyed) return done();
        if (this.#socket.write(encodeFrame(frame.stdin, chunk))) done();
        else this.#socket.once('drain', done).once('close', done);
      },
      final: (done) => {
        if (!this.#over && !this.#socket.destroyed) this.#socket.write(encodeFrame(frame.stdinEnd, new Uint8Array(0)));
        done();
      },
    });
    input.on('error', () => {});
    return input;
  }

  async resize({ columns, rows }: TerminalSize): Promise<void> {
    this.#send(encodeJson(frame.resize, { columns, rows }));
  }

  async kill(signal: string | number): Promise<void> {
    windowsSignal(signal); // refused here, where somebody hears of it
    if (this.#over) throw new CaissonError('in-use', 'the process has ended');
    this.#send(encodeJson(frame.kill, { signal }));
  }

  #send(data: Buffer): void {
    if (!this.#over && !this.#socket.destroyed) this.#socket.write(data);
  }

  wait(): Promise<ExitStatus> {
    return this.#exit.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over = true;
    this.#socket.destroy();
    for (const stream of [this.stdout, this.stderr, this.stdin]) stream?.destroy();
  }
}
