import { connect } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Transport } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';

const authority = 'http://localhost';

/** What each side may have under way unread: files come in bulk. */
const windowBytes = 8 * 1024 * 1024;

/** Header whose value is a JSON object of headers that may be there several times: gRPC's metadata has that, and `Headers` does not. */
export const repeatedHeaders = 'x-caisson-repeated';

/** The calling side of gRPC on one connection. */
export function openTransport(connection: Duplex): { readonly transport: Transport; close(): void } {
  const session = connect(authority, { createConnection: () => connection, settings: { initialWindowSize: windowBytes } });
  session.on('error', () => {}); // told to each call, and by the connection's close
  session.once('connect', () => session.setLocalWindowSize(windowBytes));
  const transport = createGrpcTransport({
    baseUrl: authority,
    acceptCompression: [],
    sessionManager: {
      authority,
      async request(method, path, { [repeatedHeaders]: repeated, ...headers }, options) {
        const more = typeof repeated === 'string' ? (JSON.parse(repeated) as Record<string, string[]>) : {};
        return session.request({ ...headers, ...more, ':method': method, ':path': path }, options);
      },
      notifyResponseByteRead() {},
    },
  });
  return { transport, close: () => session.destroy() };
}
