import { CaissonError, Digester, digestAlgorithm, isForeignLayer, type Descriptor, type Digest } from '@caisson/core';
import { repositoryScope } from '../auth/scope.js';
import type { Endpoint } from '../hosts/endpoint.js';
import type { CallOptions } from '../options.js';
import type { Reply } from '../transport/call.js';
import { isTemporary, toFault } from '../transport/fault.js';
import type { Transport } from '../transport/transport.js';
import { pathOf, scopedPath, type Repository } from './repository.js';

/** A blob to read. Without a size, the registry's Content-Length counts. */
export type BlobToRead = Pick<Descriptor, 'digest'> & Partial<Pick<Descriptor, 'size' | 'mediaType' | 'urls'>>;

export interface ReadBlobOptions extends CallOptions {
  /** The first byte wanted. */
  readonly offset?: number;
  /** How many bytes are wanted at most. */
  readonly length?: number;
  /** Called when an answer comes, with whether the server heeded the range that was asked for. */
  readonly onReply?: (partial: boolean) => void;
}

/** HEAD: the blob's size in bytes, or undefined where the repository does not have it. */
export async function blobSize(transport: Transport, repository: Repository, digest: Digest, purpose: 'pull' | 'push', options: CallOptions = {}) {
  const call = (endpoint: Endpoint) => ({
    method: 'HEAD' as const,
    target: pathOf(endpoint, repository, `blobs/${digest}`),
    doing: `looking up ${digest} in ${repository.path}`,
    scopes: [repositoryScope(scopedPath(endpoint, repository), ...(purpose === 'push' ? (['pull', 'push'] as const) : (['pull'] as const)))],
    ok: endpoint.mirror ? [200] : [200, 404],
    signal: options.signal,
  });
  const own = purpose === 'push' ? transport.origin(repository, 'push') : undefined;
  const reply = own ? await transport.call(own, call(own)) : await transport.pull(repository, call, (answer) => answer);
  await reply.discard();
  return reply.status === 404 ? undefined : (reply.length ?? 0);
}

/**
 * The blob's bytes as they come. A connection that breaks is taken up where it broke. Too many or too few bytes are an error; the digest
 * is for the reader to check (`verified` does).
 */
export async function* readBlob(
  transport: Transport,
  repository: Repository,
  blob: BlobToRead,
  options: ReadBlobOptions = {},
): AsyncGenerator<Uint8Array, void> {
  const { signal, offset = 0, length } = options;
  const doing = `pulling ${blob.digest} from ${repository.path}`;
  const stop = Math.min(length === undefined ? Infinity : offset + length, blob.size ?? Infinity);
  const retry = transport.newRetry();
  let position = offset;
  let size = blob.size;
  while (position < stop || (size === undefined && position === offset)) {
    let fault: CaissonError | undefined;
    const reply = await openBlob(transport, repository, blob, { size, position, stop, doing, signal });
    options.onReply?.(reply.status === 206);
    size = checkSize(reply, blob, size, doing);
    try {
      for await (const chunk of skipping(reply, position)) {
        const wanted = chunk.subarray(0, Math.max(0, stop - position));
        if (size !== undefined && length === undefined && position + chunk.byteLength > size) throw tooLong(blob, size, doing);
        position += wanted.byteLength;
        retry.progressed();
        if (wanted.byteLength > 0) yield wanted;
        if (position >= stop && length !== undefined) return;
      }
      if (position >= Math.min(stop, size ?? position)) return;
      fault = new CaissonError('unavailable', `${doing}: ${reply.url.host} ended after ${position} of ${size ?? stop} bytes`, { details: { temporary: true } });
    } catch (error) {
      fault = toFault(error, reply.url.host, doing, signal);
    } finally {
      if (fault) reply.body.destroy();
    }
    if (!isTemporary(fault) || !(await retry.wait(undefined, signal))) throw fault;
  }
}

/** Passes a whole blob on and checks it: the last piece is given only when digest and size are right. */
export async function* verified(source: AsyncIterable<Uint8Array>, blob: BlobToRead, from: string): AsyncGenerator<Uint8Array, void> {
  const digester = new Digester(digestAlgorithm(blob.digest));
  let held: Uint8Array | undefined;
  for await (const chunk of source) {
    if (held) yield held;
    digester.update(chunk);
    held = chunk;
  }
  const { size } = digester;
  const got = digester.digest();
  if (got !== blob.digest || (blob.size !== undefined && size !== blob.size))
    throw new CaissonError('digest-mismatch', `${blob.digest} from ${from} is not what its digest promises: got ${got}, ${size} bytes`);
  if (held) yield held;
}

/** The whole of a small blob, verified. @throws CaissonError `limit-exceeded` above `maxBytes` (default 4 MiB) */
export async function readWhole(
  transport: Transport,
  repository: Repository,
  blob: BlobToRead,
  options: CallOptions & { maxBytes?: number } = {},
): Promise<Uint8Array> {
  const { maxBytes = 4 * 1024 * 1024 } = options;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of verified(readBlob(transport, repository, blob, options), blob, repository.domain)) {
    size += chunk.byteLength;
    if (size > maxBytes) throw new CaissonError('limit-exceeded', `${blob.digest} from ${repository.domain} is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** DELETE of a blob. */
export async function removeBlob(transport: Transport, repository: Repository, digest: Digest, options: CallOptions = {}): Promise<void> {
  const endpoint = transport.origin(repository, 'push');
  const reply = await transport.call(endpoint, {
    method: 'DELETE',
    target: pathOf(endpoint, repository, `blobs/${digest}`),
    doing: `deleting ${digest} from ${repository.path}`,
    scopes: [repositoryScope(repository.path, 'pull', 'push', 'delete')],
    ok: [200, 202, 204],
    signal: options.signal,
  });
  await reply.discard();
}

interface Opening {
  /** The whole size, where it is known. */
  readonly size: number | undefined;
  readonly position: number;
  readonly stop: number;
  readonly doing: string;
  readonly signal: AbortSignal | undefined;
}

async function openBlob(transport: Transport, repository: Repository, blob: BlobToRead, { size, position, stop, doing, signal }: Opening): Promise<Reply> {
  const partial = position > 0 || (Number.isFinite(stop) && stop !== blob.size);
  const headers = partial ? { range: `bytes=${position}-${Number.isFinite(stop) ? stop - 1 : ''}` } : {};
  const ok = partial ? [200, 206] : [200];
  try {
    return await transport.pull(
      repository,
      (endpoint) => ({
        method: 'GET',
        target: pathOf(endpoint, repository, `blobs/${blob.digest}`),
        doing,
        scopes: [repositoryScope(scopedPath(endpoint, repository), 'pull')],
        headers,
        ok,
        signal,
      }),
      (reply) => {
        checkSize(reply, blob, size, doing);
        return reply;
      },
    );
  } catch (error) {
    const urls = blob.mediaType !== undefined && isForeignLayer(blob.mediaType) ? (blob.urls ?? []) : [];
    if (!(error instanceof CaissonError) || error.code !== 'not-found' || urls.length === 0) throw error;
    return openForeign(transport, urls, { headers, ok, doing, signal });
  }
}

async function openForeign(
  transport: Transport,
  urls: readonly string[],
  call: { headers: Record<string, string>; ok: readonly number[]; doing: string; signal: AbortSignal | undefined },
): Promise<Reply> {
  let last: CaissonError | undefined;
  for (const text of urls) {
    if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) continue;
    const url = new URL(text);
    url.username = '';
    url.password = '';
    try {
      return await transport.fetchForeign(url, call);
    } catch (error) {
      last = toFault(error, url.host, call.doing, call.signal);
    }
  }
  throw last ?? new CaissonError('not-found', `${call.doing}: it lies elsewhere, and none of its URLs is http or https`);
}

/** The whole size by the answer. @throws CaissonError `digest-mismatch` where that is not the size that was promised. */
function checkSize(reply: Reply, blob: BlobToRead, known: number | undefined, doing: string): number | undefined {
  const range = /^bytes \d+-\d+\/(\d+)$/.exec(reply.header('content-range') ?? '');
  const told = reply.status === 206 ? (range ? Number(range[1]) : undefined) : reply.length;
  if (known !== undefined && told !== undefined && told !== known) {
    reply.body.destroy();
    throw new CaissonError('digest-mismatch', `${doing}: ${reply.url.host} has ${told} bytes for it, not the ${known} that were promised`, {
      details: { digest: blob.digest },
    });
  }
  return known ?? told;
}

function tooLong(blob: BlobToRead, size: number, doing: string): CaissonError {
  return new CaissonError('digest-mismatch', `${doing}: more than the ${size} bytes that were promised`, { details: { digest: blob.digest } });
}

/** The answer's bytes from `position` of the blob on, whether or not the server heeded the range. */
async function* skipping(reply: Reply, position: number): AsyncGenerator<Uint8Array, void> {
  const start = reply.status === 206 ? Number(/^bytes (\d+)-/.exec(reply.header('content-range') ?? '')?.[1] ?? position) : 0;
  if (start > position) throw new CaissonError('invalid-content', `${reply.url.host} answered with another range than asked for`);
  let skip = position - start;
  for await (const chunk of reply.body as AsyncIterable<Uint8Array>) {
    if (skip >= chunk.byteLength) skip -= chunk.byteLength;
    else {
      yield skip > 0 ? chunk.subarray(skip) : chunk;
      skip = 0;
    }
  }
}
