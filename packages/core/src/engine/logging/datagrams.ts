import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { HostAddress } from './address.js';

/** UDP to one address. Nobody answers: what is lost is lost. */
export class Datagrams implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #address: HostAddress<'udp'>;

  constructor(address: HostAddress<'udp'>) {
    this.#address = address;
    this.#socket = createSocket(isIPv6(address.host) ? 'udp6' : 'udp4');
    this.#socket.on('error', () => {}); // each send tells
  }

  send(data: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => this.#socket.send(data, this.#address.port, this.#address.host, (error) => (error ? reject(error) : resolve())));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}
