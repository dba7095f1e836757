import type { Readable } from 'node:stream';
import type { Socket } from 'node:net';
import type { OutputLog } from '../container/output-log.js';
import { encodeFrame, frame } from './frames.js';

/**
 * Hands a process's output on to all who are attached, and to the log. A client that does not read holds the program up, as a pipe would;
 * one that goes away no longer does. Without clients what is not logged is lost.
 */
export class OutputHub {
  readonly #clients = new Set<Socket>();
  readonly #sources: Readable[] = [];
  readonly #log: OutputLog | undefined;
  readonly #full = new Set<Socket>();

  constructor(log?: OutputLog) {
    this.#log = log;
  }

  /** Begins to read. */
  take(stdout: Readable | undefined, stderr: Readable | undefined): void {
    for (const [stream, type, name] of [[stdout, frame.stdout, 'stdout'], [stderr, frame.stderr, 'stderr']] as const) {
      if (!stream) continue;
      this.#sources.push(stream);
      stream.on('data', (chunk: Buffer) => {
        this.#log?.add(name, chunk);
        const encoded = encodeFrame(type, chunk);
        for (const client of this.#clients) if (!client.write(encoded)) this.#hold(client);
      });
      if (this.#full.size > 0) stream.pause();
    }
  }

  add(client: Socket): void {
    this.#clients.add(client);
    client.once('close', () => {
      this.#clients.delete(client);
      this.#free(client);
    });
  }

  get clients(): readonly Socket[] {
    return [...this.#clients];
  }

  #hold(client: Socket): void {
    if (this.#full.has(client)) return;
    this.#full.add(client);
    for (const source of this.#sources) source.pause();
    client.once('drain', () => this.#free(client));
  }

  #free(client: Socket): void {
    if (!this.#full.delete(client) || this.#full.size > 0) return;
    for (const source of this.#sources) source.resume();
  }
}
