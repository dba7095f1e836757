import { badRequest } from '../http/api-error.js';
import type { Call } from '../http/call.js';
import type { Hijacked } from './hijack.js';

/** The largest message that a client may send; its input comes in small ones. */
const maxMessage = 16 * 1024 * 1024;

/** Makes the connection a WebSocket whose binary messages are a container's streams. @throws ApiError 400 */
export async function openWebSocket(call: Call): Promise<Hijacked> {
  const { upgrade, request, response } = call;
  const key = request.headers['sec-websocket-key'];
  // What the library would answer by itself, ours would come after.
  if (!upgrade || request.headers.upgrade?.toLowerCase() !== 'websocket' || request.headers['sec-websocket-version'] !== '13' || typeof key !== 'string' || !/^[+/0-9A-Za-z]{22}==$/.test(key))
    throw badRequest('not a WebSocket handshake');
  const { createWebSocketStream, WebSocketServer } = await import('ws');
  response.detachSocket(response.socket ?? request.socket);
  const server = new WebSocketServer({ noServer: true, maxPayload: maxMessage, clientTracking: false });
  const { promise, resolve } = Promise.withResolvers<InstanceType<typeof import('ws').WebSocket>>();
  server.handleUpgrade(request, upgrade.socket, upgrade.head, resolve);
  const socket = await promise;
  const gone = new AbortController();
  socket.once('close', () => gone.abort(new Error('the client has gone')));
  const stream = createWebSocketStream(socket);
  stream.on('error', () => stream.destroy()); // a client that has gone, or that breaks the protocol
  return { input: stream, output: stream, signal: AbortSignal.any([gone.signal, call.daemon.closing]), end: () => void stream.end() };
}
