import type { Duplex, Readable, Writable } from 'node:stream';
import { ApiError } from '../http/api-error.js';
import type { Call, Upgrade } from '../http/call.js';
import { multiplexedStream, rawStream } from './multiplex.js';

/**
 * A connection that has become a container's streams. A client that asked for an upgrade has the whole connection, both ways and each with
 * its own end; another one sends its input as the body of its request, if any, and gets the output as that of the answer.
 */
export interface Hijacked {
  readonly input: Readable;
  readonly output: Writable;
  /** Aborted when the client has gone. */
  readonly signal: AbortSignal;
  /** The output has all been written: nothing more is taken in either. */
  end(): void;
}

/** How long a client may leave its half of an ended connection open. */
const lingerMilliseconds = 10_000;

/** Takes the connection over: from here on, failures cannot be answered. */
export function hijack(call: Call, { multiplexed }: { readonly multiplexed: boolean }): Hijacked {
  const gone = new AbortController();
  const leave = () => gone.abort(new Error('the client has gone'));
  const signal = AbortSignal.any([gone.signal, call.daemon.closing]);
  const type = multiplexed && call.minor >= 42 ? multiplexedStream : rawStream;
  const { upgrade, request, response } = call;
  if (!upgrade) {
    response.shouldKeepAlive = false;
    response.useChunkedEncodingByDefault = false;
    response.writeHead(200, { 'Content-Type': multiplexed && call.minor >= 42 ? type : rawStream });
    response.flushHeaders();
    response.once('close', leave);
    return { input: request, output: response, signal, end: () => void response.end() };
  }
  const { socket, head } = upgrade;
  if (head.length > 0) socket.unshift(head);
  acceptUpgrade(call, upgrade, { 'Content-Type': type });
  socket.once('close', leave);
  return { input: socket, output: socket, signal, end: () => endSocket(socket) };
}

/** Says that the connection is the handler's from here on. */
export function acceptUpgrade({ request, response }: Call, { socket }: Upgrade, more: Readonly<Record<string, string>> = {}): void {
  response.detachSocket(response.socket ?? request.socket);
  const headers = Object.entries({ ...response.getHeaders(), ...more, Connection: 'Upgrade', Upgrade: request.headers.upgrade ?? 'tcp' });
  socket.write(`HTTP/1.1 101 UPGRADED\r\n${headers.map(([name, value]) => `${name}: ${String(value)}\r\n`).join('')}\r\n`);
}

export function endSocket(socket: Duplex, linger = lingerMilliseconds): void {
  if (socket.destroyed) return;
  const timer = setTimeout(() => socket.destroy(), linger);
  timer.unref();
  socket.once('close', () => clearTimeout(timer));
  socket.end();
  socket.resume();
  // A client that has ended its half already leaves nothing to wait for.
  if (socket.readableEnded) socket.once('finish', () => socket.destroy());
}

/** The most that a request with an upgrade may bring in its body. */
const maxBody = 1024 * 1024;

/**
 * The body of a request that takes the connection over. Of an upgrade it is what `Content-Length` counts off the connection; of another
 * one, whatever comes until it makes a whole JSON document, since the rest may be input.
 * @throws ApiError 400, 413
 */
export async function hijackBody(call: Call): Promise<Buffer> {
  const { upgrade, request } = call;
  if (!upgrade) return readDocument(request);
  const length = Number(request.headers['content-length'] ?? 0);
  if (!Number.isSafeInteger(length) || length > maxBody) throw new ApiError(413, `the body is larger than ${maxBody} bytes`);
  // Newer versions of Node give the body with the request, older ones leave it before whatever follows.
  let body = await readUpTo(request, length);
  const parsed = body.length > 0;
  if (!parsed) body = upgrade.head;
  while (body.length < length) {
    const piece = parsed ? undefined : await nextPiece(upgrade.socket);
    if (piece === undefined) throw new ApiError(400, 'the body is shorter than its Content-Length says');
    body = Buffer.concat([body, piece]);
  }
  if (!parsed) upgrade.head = body.subarray(length);
  return body.subarray(0, length);
}

async function readUpTo(stream: Readable, length: number): Promise<Buffer> {
  let body: Buffer = Buffer.alloc(0);
  while (body.length < length) {
    const piece = await nextPiece(stream);
    if (piece === undefined) break;
    body = Buffer.concat([body, piece]);
  }
  return body;
}

async function readDocument(request: Readable): Promise<Buffer> {
  let body: Buffer = Buffer.alloc(0);
  for (;;) {
    const piece = await nextPiece(request);
    if (piece === undefined) return body;
    body = Buffer.concat([body, piece]);
    if (body.length > maxBody) throw new ApiError(413, `the body is larger than ${maxBody} bytes`);
    if (isWhole(body)) return body;
  }
}

function isWhole(body: Buffer): boolean {
  if (body.at(-1) !== 0x7d && !body.toString('utf8').trimEnd().endsWith('}')) return false;
  try {
    JSON.parse(body.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

/** What comes next, without taking the stream from whoever reads on; undefined at its end. */
async function nextPiece(stream: Readable): Promise<Buffer | undefined> {
  for (;;) {
    const piece = stream.read() as Buffer | null;
    if (piece !== null) return piece;
    if (stream.readableEnded || stream.destroyed) return undefined;
    await new Promise<void>((resolve) => {
      const done = () => {
        for (const name of ['readable', 'end', 'close', 'error'] as const) stream.off(name, done);
        resolve();
      };
      for (const name of ['readable', 'end', 'close', 'error'] as const) stream.on(name, done);
    });
  }
}
