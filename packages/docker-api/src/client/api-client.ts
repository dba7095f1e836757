import { request, type ClientRequest } from 'node:http';
import { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CaissonError, isCaissonError, systemCode, throwIfAborted } from '@caisson/core';
import { apiVersion, minApiVersion } from '../types/version.js';
import { Answer } from './answer.js';
import { EndpointAgent } from './connect/agent.js';
import type { Endpoint } from './connect/endpoint.js';
import { connectionError, refusal } from './errors.js';

export type QueryValue = string | number | boolean | readonly string[] | undefined;

export interface CallRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  /** Without a version: `/containers/json`. */
  readonly path: string;
  /** Undefined and false are left out. */
  readonly query?: Readonly<Record<string, QueryValue>>;
  /** An object is sent as JSON. */
  readonly body?: object | AsyncIterable<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** What the other side said of itself when it was first asked. */
export interface Handshake {
  /** Spoken with it. */
  readonly version: string;
  /** Of Caisson: it knows more than docker's API. */
  readonly caisson: boolean;
  readonly osType: string;
  /** `2`: its own builder is BuildKit. */
  readonly builderVersion: string;
}

/** A connection of its own, after its request has been answered: both sides write as they like. */
export interface Hijacked {
  readonly stream: Duplex;
  /** `application/vnd.docker.multiplexed-stream`: output comes in frames. Older servers do not say. */
  readonly contentType: string | undefined;
}

/** An answer with more than this, where a document is expected, is none. */
const maxDocument = 64 * 1024 * 1024;

/** Speaks HTTP with one engine. The version of the API is agreed on with the first request. */
export class ApiClient implements AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly #agent: EndpointAgent;
  readonly #wanted: string | undefined;
  #handshake: Promise<Handshake> | undefined;

  /** `version` (DOCKER_API_VERSION) is spoken without asking. */
  constructor(endpoint: Endpoint, { version }: { version?: string } = {}) {
    this.endpoint = endpoint;
    this.#agent = new EndpointAgent(endpoint);
    this.#wanted = version?.replace(/^v/, '');
  }

  /** @throws CaissonError `unavailable`, `denied`, `unsupported` where there is no version that both speak */
  handshake(signal?: AbortSignal): Promise<Handshake> {
    const asked = (this.#handshake ??= this.#negotiate(signal));
    // What failed may work the next time.
    asked.catch(() => (this.#handshake = undefined));
    return asked;
  }

  async #negotiate(signal: AbortSignal | undefined): Promise<Handshake> {
    const answer = await this.#send({ path: '/_ping', ...(signal ? { signal } : {}) }, '');
    await drain(answer);
    const header = (name: string) => String(answer.headers[name] ?? '');
    const theirs = header('api-version') || minApiVersion;
    const version = this.#wanted ?? (compareVersions(theirs, apiVersion) < 0 ? theirs : apiVersion);
    if (compareVersions(version, minApiVersion) < 0) throw new CaissonError('unsupported', `the engine speaks API ${version}, which is older than ${minApiVersion}`);
    return { version, caisson: header('server').startsWith('Caisson/'), osType: header('ostype') || 'linux', builderVersion: header('builder-version') };
  }

  /** The document that is answered; undefined for an empty answer. @throws CaissonError with the engine's own message */
  async call<T>(call: CallRequest): Promise<T> {
    return this.#read<T>(await this.stream(call), call);
  }

  /** As `call`, of a path that has no version in front. */
  async document<T>(call: CallRequest): Promise<T> {
    return this.#read<T>(await this.plain(call), call);
  }

  async #read<T>(answer: Answer, call: CallRequest): Promise<T> {
    const text = (await drain(answer)).toString('utf8');
    if (text.trim() === '') return undefined as T;
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new CaissonError('unavailable', `the engine's answer to ${call.method ?? 'GET'} ${call.path} is not JSON`, { cause });
    }
  }

  /** The answer's head and body, for what is long; refused requests throw. */
  async stream(call: CallRequest): Promise<Answer> {
    throwIfAborted(call.signal);
    const { version } = await this.handshake(call.signal);
    return this.#send(call, `/v${version}`);
  }

  /** As `stream`, of a path that has no version in front. */
  async plain(call: CallRequest): Promise<Answer> {
    throwIfAborted(call.signal);
    return this.#send(call, '');
  }

  /** Takes a connection over for a stream in both directions (attach, exec). */
  async hijack(call: CallRequest): Promise<Hijacked> {
    throwIfAborted(call.signal);
    const { version } = await this.handshake(call.signal);
    return new Promise((resolve, reject) => {
      const sent = this.#request({ ...call, method: 'POST', headers: { ...call.headers, Connection: 'Upgrade', Upgrade: 'tcp' } }, `/v${version}`, (error) => reject(error));
      sent.on('upgrade', (answer, socket, head) => {
        if (head.length > 0) socket.unshift(head);
        resolve({ stream: socket, contentType: answer.headers['content-type'] });
      });
      sent.on('response', (answer) => {
        if ((answer.statusCode ?? 500) >= 300) void failed(new Answer(answer, this.endpoint, call.signal)).then(reject, reject);
        // Servers that do not upgrade answer, and go on on the same connection.
        else resolve({ stream: Duplex.from({ readable: answer, writable: sent.socket ?? undefined }), contentType: answer.headers['content-type'] });
      });
      sendBody(sent, call.body, reject);
    });
  }

  #send(call: CallRequest, prefix: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const sent = this.#request(call, prefix, (error) => {
        // A connection that was kept may have been closed by the other side meanwhile.
        if (sent.reusedSocket && systemCode(error.cause) === 'ECONNRESET' && (call.method ?? 'GET') === 'GET') resolve(this.#send(call, prefix));
        else reject(error);
      });
      sent.on('response', (answer) => {
        const whole = new Answer(answer, this.endpoint, call.signal);
        if (whole.status >= 400) void failed(whole).then(reject, reject);
        else resolve(whole);
      });
      sendBody(sent, call.body, reject);
    });
  }

  #request({ method = 'GET', path, query, body, headers, signal }: CallRequest, prefix: string, onError: (error: CaissonError) => void): ClientRequest {
    const base = this.endpoint.kind === 'tcp' ? this.endpoint.basePath : '';
    const json = body !== undefined && !(Symbol.asyncIterator in body);
    const sent = request({
      agent: this.#agent,
      method,
      path: `${base}${prefix}${path}${formatQuery(query)}`,
      headers: {
        // docker's own client sends no real name either: a socket has none.
        Host: this.endpoint.kind === 'tcp' ? `${this.endpoint.host}:${this.endpoint.port}` : 'localhost',
        'User-Agent': 'Caisson',
        ...(json ? { 'Content-Type': 'application/json' } : {}),
        ...headers,
      },
      ...(signal ? { signal } : {}),
    });
    sent.on('error', (error) => onError(signal?.aborted ? new CaissonError('cancelled', 'cancelled', { cause: signal.reason }) : connectionError(error, this.endpoint)));
    return sent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
  }
}

function sendBody(sent: ClientRequest, body: CallRequest['body'], onError: (error: unknown) => void): void {
  if (body === undefined) {
    if (sent.method === 'POST') sent.setHeader('Content-Length', 0);
    sent.end();
  } else if (Symbol.asyncIterator in body) {
    // A server may answer and hang up before it has read everything: its answer is what counts.
    pipeline(body, sent).catch((error: unknown) => {
      if (isCaissonError(error)) {
        onError(error);
        sent.destroy();
      }
    });
  } else sent.end(JSON.stringify(body));
}

async function failed(answer: Answer): Promise<CaissonError> {
  return refusal(answer.status, (await drain(answer)).toString('utf8'));
}

async function drain(answer: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of answer) {
    size += piece.byteLength;
    if (size > maxDocument) throw new CaissonError('limit-exceeded', `the engine's answer is longer than ${maxDocument} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function formatQuery(query: CallRequest['query']): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined || value === false) continue;
    for (const one of Array.isArray(value) ? (value as readonly string[]) : [String(value === true ? 1 : value)]) pairs.append(name, one);
  }
  const text = pairs.toString();
  return text === '' ? '' : `?${text}`;
}

/** Below 0, 0 or above 0. */
export function compareVersions(a: string, b: string): number {
  const [x, y] = [a, b].map((text) => text.split('.').map(Number));
  return (x?.[0] ?? 0) - (y?.[0] ?? 0) || (x?.[1] ?? 0) - (y?.[1] ?? 0);
}
