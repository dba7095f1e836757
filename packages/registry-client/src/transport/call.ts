import type { Readable } from 'node:stream';
import { CaissonError } from '@caisson/core';
import type { Scope } from '../auth/scope.js';

/** One request to a registry, before it is known which endpoint serves it. */
export interface Call {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query below `/v2/` (with the repository), or the whole URL that the registry gave for a next step. */
  readonly target: string | URL;
  /** What is being done, for messages: `pulling alpine:3`. */
  readonly doing: string;
  readonly scopes: readonly Scope[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | StreamBody;
  /** What to do about a 401; default: to log in. */
  readonly hint401?: string;
  /** Statuses that are answers; every other one is an error. */
  readonly ok: readonly number[];
  readonly signal?: AbortSignal | undefined;
  /** False where the caller itself knows how to go on after a fault. Default true. */
  readonly retry?: boolean;
  /** Milliseconds of silence before the answer begins, where the registry has much to do (hashing a blob it was given). */
  readonly patience?: number;
}

/** A body that comes as a stream; opened anew for every try. */
export interface StreamBody {
  readonly open: () => AsyncIterable<Uint8Array>;
  /** Bytes; undefined where nobody knows yet. */
  readonly length?: number;
}

/** An answer. Its body must be read to its end, iterated, or dropped with `discard`. */
export class Reply {
  readonly status: number;
  readonly url: URL;
  readonly body: Readable;
  readonly #headers: Readonly<Record<string, string | string[] | undefined>>;

  constructor(status: number, headers: Readonly<Record<string, string | string[] | undefined>>, url: URL, body: Readable) {
    this.status = status;
    this.#headers = headers;
    this.url = url;
    this.body = body;
    // Who reads the body gets its error thrown; a body that is dropped must not end the process with one.
    body.on('error', () => {});
  }

  /** The header's first value. */
  header(name: string): string | undefined {
    return this.headers(name)[0];
  }

  headers(name: string): readonly string[] {
    const value = this.#headers[name];
    return value === undefined ? [] : typeof value === 'string' ? [value] : value;
  }

  /** Content-Length, where it is a number. */
  get length(): number | undefined {
    const text = this.header('content-length');
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  }

  /** Location relative to the URL that was asked. @throws CaissonError `invalid-content` where there is none. */
  get location(): URL {
    const text = this.header('location');
    if (text === undefined || !URL.canParse(text, this.url.href))
      throw new CaissonError('invalid-content', `${this.url.host} answered ${this.status} without saying where to go on`);
    return new URL(text, this.url);
  }

  /** The whole body. @throws CaissonError `limit-exceeded` above `limit` bytes. */
  async bytes(limit: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of this.body as AsyncIterable<Uint8Array>) {
      size += chunk.byteLength;
      if (size > limit) throw new CaissonError('limit-exceeded', `${this.url.host} answered with more than ${limit} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, size);
  }

  /** Reads a small rest of the body, so that the connection can be used again; drops the connection where it is long. */
  async discard(): Promise<void> {
    try {
      let size = 0;
      for await (const chunk of this.body as AsyncIterable<Uint8Array>) {
        size += chunk.byteLength;
        if (size > 65_536) break;
      }
    } catch {
      // What is thrown away may also break.
    }
  }

  /** The beginning of an error's body, as far as it comes. */
  async start(limit: number): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const chunk of this.body as AsyncIterable<Uint8Array>) {
        chunks.push(chunk);
        size += chunk.byteLength;
        if (size >= limit) break;
      }
    } catch {
      // A broken error message is still the message of a refusal.
    }
    return Buffer.concat(chunks).subarray(0, limit);
  }
}
