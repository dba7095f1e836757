import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { CaissonError } from '@caisson/core';
import type { Endpoint } from './connect/endpoint.js';
import { connectionError } from './errors.js';

/** The head of an answer, and its body to be read once. Who does not read it to the end must `destroy` it. */
export class Answer implements AsyncIterable<Uint8Array> {
  readonly #message: IncomingMessage;
  readonly #endpoint: Endpoint;
  readonly #signal: AbortSignal | undefined;

  constructor(message: IncomingMessage, endpoint: Endpoint, signal: AbortSignal | undefined) {
    this.#message = message;
    this.#endpoint = endpoint;
    this.#signal = signal;
    message.on('error', () => {}); // told to whoever reads
  }

  get status(): number {
    return this.#message.statusCode ?? 500;
  }

  get headers(): IncomingHttpHeaders {
    return this.#message.headers;
  }

  /** @throws CaissonError `cancelled`, `unavailable` where the connection is lost */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    try {
      yield* this.#message as AsyncIterable<Uint8Array>;
    } catch (error) {
      if (this.#signal?.aborted) throw new CaissonError('cancelled', 'cancelled', { cause: this.#signal.reason });
      throw connectionError(error, this.#endpoint);
    }
  }

  /** Passes over the rest, so that the connection can be used again. */
  discard(): void {
    this.#message.resume();
  }

  destroy(): void {
    this.#message.destroy();
  }
}
