import { connect, type ClientHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { Transport } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';

const authority = 'http://localhost';

/** What each side may have under way unread: files come in bulk. */
const windowBytes = 8 * 1024 * 1024;

/** Header whose value is a JSON object of headers that may be there several times: gRPC's metadata has that, and `Headers` does not. */
export const repeatedHeaders = 'x-caisson-repeated';

/** The calling side of gRPC on one connection. */
export function openTransport(connection: Duplex): { readonly transport: Transport; readonly close: () => void } {
  const session = connect(authority, { createConnection: () => connection, settings: { initialWindowSize: windowBytes } });
  session.on('error', () => {}); // told to each call, and by the connection's close
  session.once('connect', () => {
    if (!session.destroyed) session.setLocalWindowSize(windowBytes);
  });
  const transport = createGrpcTransport({
    baseUrl: authority,
    acceptCompression: [],
    sessionManager: {
      authority,
      async request(method, path, { [repeatedHeaders]: repeated, ...headers }, options) {
        const more = typeof repeated === 'string' ? (JSON.parse(repeated) as Record<string, string[]>) : {};
        const stream = session.request({ ...headers, ...more, ':method': method, ':path': path }, options);
        return Object.defineProperty(stream, Symbol.asyncIterator, { value: () => pieces(stream) });
      },
      notifyResponseByteRead() {},
    },
  });
  return { transport, close: () => session.destroy() };
}

/**
 * What the answer brings, to its end. Node's own iterator of an HTTP/2 stream takes one that has been closed before it is read for cut off,
 * and one whose server will not read the rest of the request too: Go's answer like that, all at once.
 */
async function* pieces(stream: ClientHttp2Stream): AsyncGenerator<Buffer, void> {
  let failure: Error | undefined;
  let wake = () => {};
  stream.once('error', (error: Error) => {
    failure = error;
  });
  for (const name of ['readable', 'end', 'error', 'close']) stream.on(name, () => wake());
  for (;;) {
    const piece = stream.read() as Buffer | null;
    if (piece !== null) yield piece;
    else if (failure) throw failure;
    else if (stream.readableEnded) return;
    else if (stream.destroyed) throw new Error('the connection was closed');
    else await new Promise<void>((resolve) => (wake = resolve));
  }
}
