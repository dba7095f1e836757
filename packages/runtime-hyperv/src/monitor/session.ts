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

/** What a client of an open session may send: input, its end, new sizes and signals. Frames that come late are dropped. */
export class Session {
  readonly #socket: Socket;
  readonly #process: Promise<ContainerProcess>;
  readonly #options: SessionOptions;

  /** The process may still be to come: a client that attached before the start. */
  constructor(socket: Socket, process: Promise<ContainerProcess>, options: SessionOptions) {
    this.#socket = socket;
    this.#process = process;
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
        this.#later((process) => process.resize(columns, rows));
        return;
      }
      case frame.kill: {
        const { signal } = JSON.parse(data.toString()) as { signal: string | number };
        this.#later(() => this.#options.kill(signal));
      }
    }
  }

  #later(action: (process: ContainerProcess) => Promise<void>): void {
    this.#process.then(action).catch(() => {}); // it has just ended
  }

  #input(data: Buffer): void {
    void this.#process.then(
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
    this.#later((process) => process.closeStdin());
  }
}
