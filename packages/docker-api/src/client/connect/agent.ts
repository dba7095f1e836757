import { Agent, type ClientRequestArgs } from 'node:http';
import { connect as connectPlain } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { Endpoint } from './endpoint.js';
import { connectSsh } from './ssh.js';

/** Opens one connection. Failures come as the stream's error. */
export function connect(endpoint: Endpoint): Duplex {
  switch (endpoint.kind) {
    case 'unix':
    case 'npipe':
      return connectPlain({ path: endpoint.path });
    case 'ssh':
      return connectSsh(endpoint);
    case 'tcp': {
      const { host, port, tls } = endpoint;
      if (!tls) return connectPlain({ host, port, noDelay: true, keepAlive: true });
      return connectTls({
        host,
        port,
        minVersion: 'TLSv1.2',
        ALPNProtocols: ['http/1.1'],
        rejectUnauthorized: !tls.skipVerify,
        ...(tls.serverName === undefined ? (/^[\d.]+$|:/.test(host) ? {} : { servername: host }) : { servername: tls.serverName }),
        ...(tls.ca === undefined ? {} : { ca: Buffer.from(tls.ca) }),
        ...(tls.cert === undefined ? {} : { cert: Buffer.from(tls.cert) }),
        ...(tls.key === undefined ? {} : { key: Buffer.from(tls.key) }),
      });
    }
  }
}

/** Keeps connections to one endpoint for the next requests; those that are idle do not keep the process alive. */
export class EndpointAgent extends Agent {
  readonly #endpoint: Endpoint;

  constructor(endpoint: Endpoint) {
    super({ keepAlive: true, maxFreeSockets: endpoint.kind === 'ssh' ? 2 : 8 });
    this.#endpoint = endpoint;
  }

  override createConnection(_options: ClientRequestArgs): Duplex {
    return connect(this.#endpoint);
  }

  /** One name for all: there is but one endpoint. */
  override getName(): string {
    return 'engine';
  }
}
