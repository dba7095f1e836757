import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { LogAddress } from './address.js';

export interface TlsFiles {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly skipVerify?: boolean;
}

/** A connected stream to a TCP, TLS or unix address, with writes that tell when they have failed. */
export async function connectStream(address: Exclude<LogAddress, { scheme: 'udp' }>, signal: AbortSignal, tls: TlsFiles = {}): Promise<LogStream> {
  const read = (path: string | undefined) => (path === undefined ? undefined : readFileSync(path));
  const socket =
    address.scheme === 'unix'
      ? connectTcp(address.path)
      : address.scheme === 'tcp+tls'
        ? connectTls({ host: address.host, port: address.port, ca: read(tls.ca), cert: read(tls.cert), key: read(tls.key), rejectUnauthorized: tls.skipVerify !== true })
        : connectTcp(address.port, address.host);
  const stream = new LogStream(socket);
  await once(socket, address.scheme === 'tcp+tls' ? 'secureConnect' : 'connect', { signal }).catch((error: unknown) => {
    socket.destroy();
    throw error;
  });
  return stream;
}

export class LogStream implements AsyncDisposable {
  readonly #socket: Socket;
  #failure: Error | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', (error) => (this.#failure = error));
    socket.resume(); // what comes back is of no interest, but its end is
    socket.on('close', () => (this.#failure ??= new Error('the connection was closed')));
  }

  send(data: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#failure) reject(this.#failure);
      else this.#socket.write(data, (error) => (error ? reject(error) : resolve()));
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.destroyed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, 1000);
      this.#socket.end(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#socket.destroy();
  }
}
