import { Duplex } from 'node:stream';

/**
 * An upgraded connection as nothing but its bytes. HTTP/2 would take a socket's handle for itself, and miss what HTTP/1 has read of it
 * already; TLS it would take for an agreement on the protocol, which there was none of.
 */
export class PlainConnection extends Duplex {
  readonly #socket: Duplex;

  constructor(socket: Duplex, head: Uint8Array) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    if (head.length > 0) this.push(head);
    socket.on('data', (piece: Buffer) => {
      if (!this.push(piece)) socket.pause();
    });
    socket.once('end', () => this.push(null));
    socket.once('close', () => this.destroy());
    socket.on('error', () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(piece: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#socket.write(piece)) done();
    else this.#socket.once('drain', () => done());
  }

  override _final(done: () => void): void {
    this.#socket.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}
