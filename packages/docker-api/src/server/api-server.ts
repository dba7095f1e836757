import type { IncomingMessage, ServerResponse } from 'node:http';
import { ServerResponse as Response } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { apiVersion } from '../types/version.js';
import type { Daemon } from './daemon.js';
import { badRequest, notFound, toApiError } from './http/api-error.js';
import { Call, type Handler, type Upgrade } from './http/call.js';
import { refuse, respond } from './http/respond.js';
import { Router, type Match, type Route } from './http/router.js';
import { splitVersion } from './http/version.js';
import { routes } from './routes/index.js';
import { endSocket } from './streams/hijack.js';

/** Milliseconds that a client whose upgrade was refused has to read why. */
const refusedLinger = 1000;

export interface ApiServerOptions {
  /** Of Caisson, for the `Server` header. */
  readonly version: string;
  /** Told of failures that are nobody's fault outside: answers with 5xx, and handlers that failed after their client had gone. */
  readonly onFault?: (error: unknown, doing: string) => void;
}

/**
 * The Docker Engine API on an engine: a listener for node:http servers of any kind (`request` and `upgrade`), with no state of its own
 * beside what a Daemon has.
 */
export class ApiServer {
  readonly daemon: Daemon;
  readonly #router: Router<Handler>;
  readonly #options: ApiServerOptions;
  readonly #active = new Set<IncomingMessage>();
  readonly #upgraded = new Set<Duplex>();
  /** When the last request ended, or the server was made. */
  idleSince = Date.now();

  constructor(daemon: Daemon, options: ApiServerOptions, more: readonly Route<Handler>[] = []) {
    this.daemon = daemon;
    this.#options = options;
    this.#router = new Router([...routes, ...more]);
  }

  /** Requests that have not been answered in full. */
  get active(): number {
    return this.#active.size;
  }

  /** The same by method and path, for a log. */
  get underWay(): string[] {
    return [...this.#active].map(({ method, url }) => `${method} ${url?.split('?', 1)[0]}`);
  }

  /** Breaks off the connections that were taken over, of which the HTTP server knows nothing any more. */
  closeUpgraded(): void {
    for (const socket of this.#upgraded) socket.destroy();
  }

  readonly request = (request: IncomingMessage, response: ServerResponse): void => {
    void this.#serve(request, response, undefined);
  };

  /** Whoever asks for an upgrade gets one where the endpoint knows what to do with it, and else an ordinary answer. */
  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy()); // a client that has gone is no fault
    const response = new Response(request);
    response.shouldKeepAlive = false;
    // Of node's types only: what it needs of a Socket, a TLS or pipe connection has too.
    response.assignSocket(socket as Socket);
    this.#upgraded.add(socket);
    socket.once('close', () => this.#upgraded.delete(socket));
    // An ordinary answer ends the connection: a client that goes on speaking what it wanted to upgrade to is not waited for.
    response.once('finish', () => endSocket(socket, refusedLinger));
    void this.#serve(request, response, { socket, head });
  };

  /** What is no HTTP at all. */
  readonly clientError = (error: Error & { readonly code?: string }, socket: Duplex): void => {
    // After an answer, another one would only be taken for a part of it.
    if (!socket.writable || error.code === 'ECONNRESET' || ('bytesWritten' in socket && socket.bytesWritten !== 0)) {
      socket.destroy();
      return;
    }
    const status = error.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? '408 Request Timeout' : '400 Bad Request';
    const body = JSON.stringify({ message: status.slice(4).toLowerCase() });
    socket.end(`HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`);
  };

  async #serve(request: IncomingMessage, response: ServerResponse, upgrade: Upgrade | undefined): Promise<void> {
    this.#active.add(request);
    (upgrade ? upgrade.socket : response).once('close', () => {
      this.#active.delete(request);
      this.idleSince = Date.now();
    });
    request.on('error', ignore); // told by the response's close
    response.on('error', ignore);
    const isHead = request.method === 'HEAD';
    try {
      response.setHeader('Api-Version', apiVersion);
      response.setHeader('Docker-Experimental', 'false');
      response.setHeader('Ostype', 'linux');
      response.setHeader('Server', `Caisson/${this.#options.version} (linux)`);
      const [path = '/', query = ''] = splitOnce(request.url ?? '/', '?');
      const { minor, path: rest } = splitVersion(path);
      const found = this.#find(request.method ?? 'GET', rest);
      const call = new Call({ daemon: this.daemon, request, response, minor, params: found.params, query, upgrade });
      const reply = await found.handler(call);
      if (reply) respond(response, isHead ? { status: reply.status, ...(reply.headers ? { headers: reply.headers } : {}) } : reply);
    } catch (error) {
      const refusal = toApiError(error);
      if (refusal.status >= 500 && refusal.status !== 501 && !response.destroyed) this.#options.onFault?.(error, `${request.method} ${request.url}`);
      if (isHead) respond(response, { status: refusal.status });
      else refuse(response, refusal);
    }
    if (!upgrade && !request.complete) passOver(request);
  }

  #find(method: string, path: string): Match<Handler> {
    if (!path.startsWith('/')) throw badRequest('the path must begin with a slash');
    const found = this.#router.find(method, path);
    if (!found) throw notFound('page not found');
    return found;
  }
}

const ignore = (): void => {};

/** What is taken of a body that nobody wants, so that a client which is still sending gets to read its refusal. */
const passedOver = 16 * 1024 * 1024;

/** What of a body nobody has read would stand before the next request; of one without end, the connection is broken off. */
function passOver(request: IncomingMessage): void {
  let left = passedOver;
  request.on('data', (piece: Buffer) => {
    left -= piece.length;
    if (left < 0) request.destroy();
  });
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
