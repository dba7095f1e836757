import type { Socket } from 'node:net';
import type { ContainerProcess } from '../container/container-process.js';
import { frame } from './frames.js';

interface SessionOptions {
  /** Whether what the client sends goes to the process's input. */
  readonly stdin: boolean;
  /** The input ends with this client. */
  readonly closesStdin: boolean;
  readonly kill: (signal: string | number) => Promise<void>;
}

/**
 * What a client of an open session may send: input, its end, new sizes and signals. Input that comes after a new size finds the terminal
 * of that size; signals wait for nothing. Frames that come late are dropped.
 */
export class Session {
  readonly #socket: Socket;
  readonly #process: Promise<ContainerProcess>;
  readonly #options: SessionOptions;
  /** The process, once what was sent before has had its effect. */
  #inOrder: Promise<ContainerProcess>;

  /** The process may still be to come: a client that attached before the start. */
  constructor(socket: Socket, process: Promise<ContainerProcess>, options: SessionOptions) {
    this.#socket = socket;
    this.#process = process;
    this.#inOrder = process;
    this.#options = options;
    if (options.stdin && options.closesStdin) socket.once('close', () => this.#endInput());
  }

  take(type: number, data: Buffer): void {
    switch (type) {
      case frame.stdin:
        if (this.#options.stdin) this.#input(Buffer.from(data));
        return;
      case frame.stdinEnd:
        if (this.#options.stdin && this.#options.closesStdin) this.#endInput();
        return;
      case frame.resize: {
        const { columns, rows } = JSON.parse(data.toString()) as { columns: number; rows: number };
        this.#inOrder = this.#inOrder.then(async (process) => {
          await process.resize(columns, rows).catch(() => {}); // it has just ended
          return process;
        });
        this.#inOrder.catch(() => {}); // it could not be started, which others are told
        return;
      }
      case frame.kill: {
        const { signal } = JSON.parse(data.toString()) as { signal: string | number };
        this.#process.then(() => this.#options.kill(signal)).catch(() => {}); // it has just ended
      }
    }
  }

  #input(data: Buffer): void {
    void this.#inOrder.then(
      ({ stdin }) => {
        if (!stdin || stdin.destroyed || stdin.write(data)) return;
        // The program does not read as fast as the client sends.
        this.#socket.pause();
        const go = () => this.#socket.resume();
        stdin.once('drain', go).once('close', go);
      },
      () => {},
    );
  }

  #endInput(): void {
    this.#inOrder.then((process) => process.closeStdin()).catch(() => {}); // it has just ended
  }
}
