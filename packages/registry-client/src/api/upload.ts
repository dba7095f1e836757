import { CaissonError, Digester, digestAlgorithm, isCaissonError, isDigest, throwIfAborted, type Descriptor, type Digest } from '@caisson/core';
import { repositoryScope, type Scope } from '../auth/scope.js';
import type { Endpoint } from '../hosts/endpoint.js';
import type { CallOptions } from '../options.js';
import type { Reply } from '../transport/call.js';
import { isTemporary, retryAfterOf } from '../transport/fault.js';
import type { Transport } from '../transport/transport.js';
import { blobSize } from './blobs.js';
import { ByteSource } from './byte-source.js';
import { once, readAhead } from './read-ahead.js';
import { pathOf, type Repository } from './repository.js';

/** Remembers unfinished uploads, so that a later process can go on with them. A location may carry a signature: keep it private. */
export interface UploadSessions {
  get(key: string): Promise<string | undefined>;
  set(key: string, location: string): Promise<void>;
  delete(key: string): Promise<void>;
}

export interface UploadOptions extends CallOptions {
  /** Called with the count of bytes that the registry has been given so far. */
  readonly onBytes?: (count: number) => void;
  /** A repository of the same registry that may have the blob already. */
  readonly mountFrom?: string;
  /** Bytes in one PATCH. Default: all in one; where that is refused as too large (413), 32 MiB. */
  readonly chunkSize?: number;
  readonly sessions?: UploadSessions | undefined;
}

type Blob = Pick<Descriptor, 'digest' | 'size'>;

interface Session {
  location: URL;
  offset: number;
}

/** A small blob goes with the PUT that ends its upload: one request less. */
const monolithic = 1024 * 1024;
const smallChunk = 32 * 1024 * 1024;
/** A registry may hash the whole blob again before it answers the last PUT. */
const commitPatience = 600_000;

/**
 * Sends a blob, opened at the offset from which the registry still needs it, again after a fault.
 * @throws CaissonError `digest-mismatch` when the bytes are not what the descriptor promises.
 */
export async function uploadBlob(
  transport: Transport,
  repository: Repository,
  blob: Blob,
  open: (offset: number) => AsyncIterable<Uint8Array>,
  options: UploadOptions = {},
): Promise<'uploaded' | 'mounted'> {
  const upload = new Upload(transport, repository, blob, options);
  return upload.run(open);
}

/** Sends bytes whose count and digest nobody knows before their end; cannot be tried again. */
export async function uploadStream(
  transport: Transport,
  repository: Repository,
  source: AsyncIterable<Uint8Array>,
  options: CallOptions & { algorithm?: 'sha256' | 'sha512' } = {},
): Promise<Blob> {
  const digester = new Digester(options.algorithm ?? 'sha256');
  const upload = new Upload(transport, repository, undefined, options);
  const session = await upload.begin();
  let begun = false;
  const hashed = async function* () {
    if (begun) throw new CaissonError('unavailable', `a stream to ${repository.path} was interrupted, and cannot be sent again`);
    begun = true;
    for await (const chunk of source) {
      if (chunk.byteLength === 0) continue;
      digester.update(chunk);
      yield chunk;
    }
  };
  await upload.patch(session, { open: hashed });
  const { size } = digester;
  const digest = digester.digest();
  await upload.commit(session, digest);
  return { digest, size };
}

/**
 * Sends bytes that are made as they are sent, such as those of a layer that is being compressed: their digest is known at their end. `open` must
 * give the same bytes each time: after a fault they are made again, and what the registry has of them by then is left out. `key` names
 * them where unfinished uploads are remembered.
 */
export async function uploadMade(
  transport: Transport,
  repository: Repository,
  key: string,
  open: () => AsyncIterable<Uint8Array>,
  options: Pick<UploadOptions, 'signal' | 'onBytes' | 'sessions'> & { algorithm?: 'sha256' | 'sha512' } = {},
): Promise<Blob> {
  const { algorithm = 'sha256', signal, onBytes } = options;
  const made = await readAhead(open, monolithic);
  if (!made.whole) return new Upload(transport, repository, undefined, options, key).runMade(made.open, algorithm);
  // So little is known before it is sent, and goes with the request that ends its upload.
  const digester = new Digester(algorithm);
  digester.update(made.whole);
  const blob = { size: digester.size, digest: digester.digest() };
  const bytes = made.whole;
  await uploadBlob(transport, repository, blob, (offset) => once(bytes.subarray(offset)), { ...(signal ? { signal } : {}), ...(onBytes ? { onBytes } : {}) });
  return blob;
}

class Upload {
  readonly #transport: Transport;
  readonly #repository: Repository;
  readonly #endpoint: Endpoint;
  readonly #blob: Blob | undefined;
  readonly #options: UploadOptions;
  readonly #scopes: Scope[];
  readonly #name: string;
  #chunkSize: number;

  constructor(transport: Transport, repository: Repository, blob: Blob | undefined, options: UploadOptions, name: string = blob?.digest ?? '') {
    this.#transport = transport;
    this.#repository = repository;
    this.#endpoint = transport.origin(repository, 'push');
    this.#blob = blob;
    this.#name = name;
    // What is sent in one request leaves nothing for a later process to go on with.
    this.#options = blob && blob.size <= monolithic ? { ...options, sessions: undefined } : options;
    this.#scopes = [repositoryScope(repository.path, 'pull', 'push')];
    this.#chunkSize = options.chunkSize ?? Infinity;
  }

  async run(open: (offset: number) => AsyncIterable<Uint8Array>): Promise<'uploaded' | 'mounted'> {
    const blob = this.#blob;
    if (!blob) throw new CaissonError('internal', 'an upload without its blob');
    const { signal, mountFrom } = this.#options;
    const retry = this.#transport.newRetry();
    let session = (await this.#remembered()) ?? (await this.begin(mountFrom));
    for (;;) {
      if (session.offset < 0) return this.#done('mounted');
      const before = session.offset;
      try {
        await this.#remember(session);
        await this.#send(session, blob, open);
        return await this.#done('uploaded');
      } catch (error) {
        throwIfAborted(signal);
        if (isCaissonError(error, 'limit-exceeded') && !Number.isFinite(this.#chunkSize) && blob.size > smallChunk) this.#chunkSize = smallChunk;
        else if (isCaissonError(error, 'digest-mismatch') || !this.#mayGoOn(error)) {
          await this.#cancel(session);
          throw error;
        } else if (!(await retry.wait(retryAfterOf(error), signal))) throw error;
      }
      const found = await this.#status(session.location);
      // The answer to the last PUT may be what was lost.
      if (!found && (await blobSize(this.#transport, this.#repository, blob.digest, 'push', this.#options)) === blob.size) return this.#done('uploaded');
      session = found ?? (await this.begin());
      if (session.offset > before) retry.progressed();
    }
  }

  async runMade(open: () => AsyncIterable<Uint8Array>, algorithm: 'sha256' | 'sha512'): Promise<Blob> {
    const { signal } = this.#options;
    const retry = this.#transport.newRetry();
    let session = (await this.#remembered()) ?? (await this.begin());
    for (;;) {
      const before = session.offset;
      try {
        await this.#remember(session);
        return await this.#done(await this.#sendMade(session, open, algorithm));
      } catch (error) {
        throwIfAborted(signal);
        // Of what an earlier process sent, other bytes may have been made: then all of it anew.
        const isStale = before > 0 && isCaissonError(error, 'digest-mismatch', 'invalid-argument', 'invalid-content');
        if (isStale) await this.#cancel(session);
        else if (!this.#mayGoOn(error)) {
          await this.#cancel(session);
          throw error;
        } else if (!(await retry.wait(retryAfterOf(error), signal))) throw error;
        session = (isStale ? undefined : await this.#status(session.location)) ?? (await this.begin());
        if (session.offset > before) retry.progressed();
      }
    }
  }

  async #sendMade(session: Session, open: () => AsyncIterable<Uint8Array>, algorithm: 'sha256' | 'sha512'): Promise<Blob> {
    const { onBytes } = this.#options;
    const have = session.offset;
    let digester = new Digester(algorithm);
    let failure: { readonly error: unknown } | undefined;
    const rest = async function* (): AsyncGenerator<Uint8Array, void> {
      digester = new Digester(algorithm);
      try {
        for await (const chunk of open()) {
          const skip = Math.max(0, have - digester.size);
          digester.update(chunk);
          if (skip < chunk.byteLength) yield skip === 0 ? chunk : chunk.subarray(skip);
          onBytes?.(digester.size);
        }
      } catch (error) {
        failure = { error };
        throw error;
      }
    };
    try {
      await this.patch(session, { open: rest });
    } catch (error) {
      throw failure ? failure.error : error;
    }
    const { size } = digester;
    const digest = digester.digest();
    if (size < have) throw new CaissonError('digest-mismatch', `${this.#endpoint.host} has more of the upload than there is`);
    await this.commit(session, digest);
    return { digest, size };
  }

  /** POST: a new upload, or, offset -1, none because the registry has mounted the blob. */
  async begin(mountFrom?: string): Promise<Session> {
    const mount = mountFrom !== undefined && this.#blob ? `?mount=${this.#blob.digest}&from=${encodeURIComponent(mountFrom)}` : '';
    const reply = await this.#call('POST', pathOf(this.#endpoint, this.#repository, `blobs/uploads/${mount}`), {
      ok: mount === '' ? [202] : [201, 202],
      scopes: mount === '' || mountFrom === undefined ? this.#scopes : [...this.#scopes, repositoryScope(mountFrom, 'pull')],
    });
    await reply.discard();
    return reply.status === 201 ? { location: reply.url, offset: -1 } : { location: reply.location, offset: 0 };
  }

  async patch(session: Session, body: { open: () => AsyncIterable<Uint8Array>; length?: number }, end?: number): Promise<void> {
    const reply = await this.#call('PATCH', session.location, {
      ok: [202, 201, 204],
      body,
      retry: false,
      headers: {
        'content-type': 'application/octet-stream',
        ...(end === undefined || (session.offset === 0 && end === this.#blob?.size) ? {} : { 'content-range': `${session.offset}-${end - 1}` }),
      },
    });
    await reply.discard();
    session.location = reply.header('location') === undefined ? session.location : reply.location;
    // `0-0` is what registries answer for one byte, too.
    session.offset = rangeEnd(reply, end) || (end === 1 ? 1 : 0) || (reply.header('range') === undefined ? (end ?? 0) : 0);
  }

  /** The PUT that ends an upload, with the blob's only bytes or none. */
  async commit(session: Session, digest: Digest, body?: { open: () => AsyncIterable<Uint8Array>; length: number }): Promise<void> {
    const target = new URL(session.location);
    target.searchParams.set('digest', digest);
    const reply = await this.#call('PUT', target, {
      ok: [201, 204],
      retry: false,
      patience: Math.max(commitPatience, this.#transport.options.limits.silence),
      ...(body ? { body, headers: { 'content-type': 'application/octet-stream' } } : {}),
    });
    await reply.discard();
    const stored = reply.header('docker-content-digest');
    if (isDigest(stored) && digestAlgorithm(stored) === digestAlgorithm(digest) && stored !== digest)
      throw new CaissonError('digest-mismatch', `the registry stored ${digest} as ${stored}`);
  }

  async #send(session: Session, blob: Blob, open: (offset: number) => AsyncIterable<Uint8Array>): Promise<void> {
    const source = new ByteSource(blob, open, this.#options.onBytes);
    try {
      if (session.offset === 0 && blob.size <= Math.min(monolithic, this.#chunkSize)) {
        await this.commit(session, blob.digest, { open: () => source.portion(0, blob.size), length: blob.size });
        return;
      }
      while (session.offset < blob.size) {
        const start = session.offset;
        const end = Math.min(blob.size, start + this.#chunkSize);
        await this.patch(session, { open: () => source.portion(start, end), length: end - start }, end);
        await this.#remember(session);
        if (session.offset <= start)
          throw new CaissonError('unavailable', `pushing ${blob.digest}: ${this.#endpoint.host} keeps nothing of what it is sent`, { details: { temporary: true } });
      }
    } catch (error) {
      throw source.failure ?? error;
    } finally {
      await source.close();
    }
    await this.commit(session, blob.digest);
  }

  /** What a fault leaves to go on from: the registry's own trouble, a session that it has lost, an offset that it disputes. */
  #mayGoOn(error: unknown): boolean {
    if (isTemporary(error)) return true;
    return isCaissonError(error) && typeof error.details?.status === 'number' && [404, 416].includes(error.details.status);
  }

  async #status(location: URL): Promise<Session | undefined> {
    try {
      const reply = await this.#call('GET', location, { ok: [204, 200, 202] });
      await reply.discard();
      return { location: reply.header('location') === undefined ? location : reply.location, offset: rangeEnd(reply, this.#blob?.size) ?? 0 };
    } catch (error) {
      if (isCaissonError(error, 'not-found', 'invalid-argument', 'unsupported')) return undefined;
      throw error;
    }
  }

  async #cancel(session: Session): Promise<void> {
    try {
      const reply = await this.#call('DELETE', session.location, { ok: [204, 202, 200], retry: false });
      await reply.discard();
    } catch {
      // Registries clean up after themselves; the error that led here is the one to tell.
    }
    await this.#forget();
  }

  #key(): string {
    return `${this.#endpoint.authority}/${this.#repository.path}@${this.#name}`;
  }

  async #remembered(): Promise<Session | undefined> {
    const location = await this.#options.sessions?.get(this.#key());
    if (location === undefined || !URL.canParse(location)) return undefined;
    try {
      return await this.#status(new URL(location));
    } catch (error) {
      if (isCaissonError(error, 'cancelled')) throw error;
      // Whatever has become of it, a new upload needs nothing of the old.
      return undefined;
    }
  }

  async #remember(session: Session): Promise<void> {
    await this.#options.sessions?.set(this.#key(), session.location.href);
  }

  async #forget(): Promise<void> {
    await this.#options.sessions?.delete(this.#key());
  }

  async #done<T>(result: T): Promise<T> {
    await this.#forget();
    return result;
  }

  #call(method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE', target: string | URL, rest: Partial<Parameters<Transport['call']>[1]> & { ok: readonly number[] }) {
    const doing = `pushing ${this.#blob?.digest ?? 'a blob'} to ${this.#repository.path}`;
    return this.#transport.call(this.#endpoint, { method, target, doing, scopes: this.#scopes, signal: this.#options.signal, ...rest });
  }
}

/** How much the registry says to have: the count of bytes from a Range header `0-N`. Registries write `0-0` for none as for one. */
function rangeEnd(reply: Reply, most: number | undefined): number | undefined {
  const match = /^(?:bytes=)?0-(\d{1,15})$/.exec(reply.header('range') ?? '');
  if (!match) return undefined;
  const count = match[1] === '0' ? 0 : Number(match[1]) + 1;
  return most === undefined ? count : Math.min(count, most);
}
