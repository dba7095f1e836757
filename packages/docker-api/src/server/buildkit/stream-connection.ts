import { Duplex } from 'node:stream';
import type { Outbox } from './outbox.js';

/** A connection inside a gRPC call, whose messages are its bytes. */
export class StreamConnection extends Duplex {
  readonly #incoming: AsyncIterator<{ readonly data: Uint8Array }>;
  readonly #outgoing: Outbox<{ data: Uint8Array }>;

  constructor(incoming: AsyncIterable<{ readonly data: Uint8Array }>, outgoing: Outbox<{ data: Uint8Array }>) {
    super();
    this.#incoming = incoming[Symbol.asyncIterator]();
    this.#outgoing = outgoing;
  }

  override _read(): void {
    this.#incoming.next().then(
      ({ done, value }) => this.push(done ? null : Buffer.from(value.data)),
      () => this.destroy(), // the client has gone
    );
  }

  override _write(piece: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#outgoing.push({ data: Uint8Array.from(piece) });
    void this.#goOn(done);
  }

  async #goOn(done: () => void): Promise<void> {
    await this.#outgoing.room();
    done();
  }

  override _final(done: () => void): void {
    this.#outgoing.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#outgoing.end();
    done(error);
  }
}
