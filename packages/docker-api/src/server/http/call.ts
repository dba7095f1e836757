import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Engine } from '@caisson/core';
import type { Daemon } from '../daemon.js';
import { badRequest } from './api-error.js';
import { parseJson, readBody } from './body.js';
import type { Check } from './check.js';
import { Query } from './query.js';
import type { Minor } from './version.js';

/** What a handler answers with; undefined where it has written its answer itself. */
export interface Reply {
  readonly status: number;
  /** JSON; undefined for no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The body as it goes out, where that has been made already. */
  readonly text?: Buffer;
}

export type Handler = (call: Call) => Promise<Reply | undefined>;

export const ok = (body: unknown): Reply => ({ status: 200, body });
export const created = (body: unknown): Reply => ({ status: 201, body });
export const noContent: Reply = { status: 204 };
export const notModified: Reply = { status: 304 };

/** A connection that has been asked for as a whole: after the head of the answer it belongs to the handler. */
export interface Upgrade {
  readonly socket: Duplex;
  /** What the client has sent after the head of its request. */
  head: Buffer;
}

/** One request on its way through a handler. */
export class Call {
  readonly daemon: Daemon;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly minor: Minor;
  readonly query: Query;
  /** Only for requests with `Upgrade`. */
  readonly upgrade: Upgrade | undefined;
  readonly #params: ReadonlyMap<string, string>;
  #abort: AbortController | undefined;
  #watching: AbortSignal | undefined;

  constructor(parts: { daemon: Daemon; request: IncomingMessage; response: ServerResponse; minor: Minor; params: ReadonlyMap<string, string>; query: string; upgrade: Upgrade | undefined }) {
    this.daemon = parts.daemon;
    this.request = parts.request;
    this.response = parts.response;
    this.minor = parts.minor;
    this.query = new Query(parts.query);
    this.upgrade = parts.upgrade;
    this.#params = parts.params;
  }

  get engine(): Engine {
    return this.daemon.engine;
  }

  param(name: string): string {
    return this.#params.get(name) ?? '';
  }

  /** Aborted when the client goes away before it has its answer: what only it wanted is to stop then. */
  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = (this.#abort = new AbortController());
      const { response } = this;
      const gone = () => {
        if (!response.writableFinished) abort.abort(new Error('the client has gone'));
      };
      if (response.destroyed) gone();
      else response.once('close', gone);
    }
    return this.#abort.signal;
  }

  /** The same, for what would go on for ever: it also ends with the server. */
  get watching(): AbortSignal {
    return (this.#watching ??= AbortSignal.any([this.signal, this.daemon.closing]));
  }

  /** The body as JSON of a known shape. @throws ApiError 400, 413 */
  async json<T>(check: Check<T>, whenEmpty?: T): Promise<T> {
    const type = this.request.headers['content-type'];
    const body = await readBody(this.request);
    if (body.length > 0 && type !== undefined && !/^(?:application\/json|text\/plain)\s*(?:;|$)/i.test(type) && type !== 'application/octet-stream')
      throw badRequest(`Content-Type specified (${type.slice(0, 100)}) must be 'application/json'`);
    return parseJson(body, check, whenEmpty);
  }
}
