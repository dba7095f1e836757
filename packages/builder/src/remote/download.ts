import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CaissonError, redact, sha256, type Digest } from '@caisson/core';
import { cacheKey } from '../cache/build-cache.js';
import type { Session } from '../session.js';

type Parts = Pick<Session, 'host' | 'cache' | 'request' | 'signal'>;

/** A file from the web, in the content store. */
export interface Download {
  readonly digest: Digest;
  readonly size: number;
  /** As its server or its URL has it. */
  readonly name: string;
  /** Seconds since 1970; undefined where the server does not say. */
  readonly modified: number | undefined;
}

interface Remembered extends Download {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

/**
 * Gets a file from the web into the content store. One that is there is not sent again: the server is asked whether it changed, and with
 * a checksum it is not asked at all.
 * @throws CaissonError `unavailable`, `not-found`, `unauthorized`; `digest-mismatch` for another content than the checksum says
 */
export async function download(session: Parts, url: string, checksum: string | undefined): Promise<Download> {
  const { host, cache } = session;
  const path = join(host.cacheFolder, 'downloads', sha256(url).slice('sha256:'.length));
  const key = cacheKey('download-1', [url]);
  const before = (await cache.has(key)) ? remembered(path) : undefined;
  if (before && checksum === before.digest) return before;
  const response = await request(session, url, before);
  let result: Remembered;
  if (response.status === 304 && before) result = before;
  else {
    const { digest, size } = await store(session, url, response);
    const modified = Date.parse(response.headers.get('last-modified') ?? '');
    result = {
      digest,
      size,
      name: nameOf(url, response),
      modified: Number.isNaN(modified) ? undefined : Math.floor(modified / 1000),
      etag: response.headers.get('etag') ?? undefined,
      lastModified: response.headers.get('last-modified') ?? undefined,
    };
    cache.put(key, { layer: { diffId: digest, size } }, `ADD ${redact(url)}`, false);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.${process.pid}.tmp`, JSON.stringify(result), { mode: 0o600 });
    renameSync(`${path}.${process.pid}.tmp`, path);
  }
  if (checksum !== undefined && checksum !== result.digest) throw new CaissonError('digest-mismatch', `${redact(url)} is ${result.digest}, not ${checksum} as was asked for`);
  return result;
}

function remembered(path: string): Remembered | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Remembered;
  } catch {
    return undefined;
  }
}

async function request(session: Parts, url: string, before: Remembered | undefined): Promise<Response> {
  const headers: Record<string, string> = { 'user-agent': 'caisson', 'accept-encoding': 'identity', ...authorization(session, url) };
  if (before?.etag) headers['if-none-match'] = before.etag;
  else if (before?.lastModified) headers['if-modified-since'] = before.lastModified;
  let response: Response;
  try {
    response = await fetch(url, { headers, signal: session.signal, redirect: 'follow' });
  } catch (error) {
    if (session.signal.aborted) throw new CaissonError('cancelled', 'cancelled', { cause: error });
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new CaissonError('unavailable', `${redact(url)} cannot be fetched: ${cause}`, { cause: error });
  }
  if (response.ok || response.status === 304) return response;
  await response.body?.cancel();
  const code = response.status === 404 || response.status === 410 ? 'not-found' : response.status === 401 ? 'unauthorized' : response.status === 403 ? 'denied' : 'unavailable';
  throw new CaissonError(code, `${redact(url)} cannot be fetched: the server says ${response.status} ${response.statusText}`.trim());
}

/** `--secret id=HTTP_AUTH_HEADER_<host>` or `HTTP_AUTH_TOKEN_<host>`, as BuildKit has it. */
function authorization({ request: { secrets } }: Parts, url: string): Record<string, string> {
  const { host } = new URL(url);
  for (const kind of ['HEADER', 'TOKEN']) {
    const secret = secrets?.find((one) => one.id === `HTTP_AUTH_${kind}_${host}` || one.id === `HTTP_AUTH_${kind}_${host.split(':')[0]}`);
    if (!secret) continue;
    const value = ('value' in secret ? secret.value : 'file' in secret ? readFileSync(secret.file, 'utf8') : (process.env[secret.env] ?? '')).trim();
    return { authorization: kind === 'TOKEN' ? `Bearer ${value}` : value };
  }
  return {};
}

async function store({ host }: Parts, url: string, response: Response): Promise<{ digest: Digest; size: number }> {
  const path = host.content.stagingPath();
  const hasher = createHash('sha256');
  let size = 0;
  const fd = openSync(path, 'wx', 0o644);
  try {
    if (response.body)
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        hasher.update(chunk);
        size += chunk.byteLength;
        for (let at = 0; at < chunk.byteLength; ) at += writeSync(fd, chunk, at);
      }
    fsyncSync(fd);
    const digest: Digest = `sha256:${hasher.digest('hex')}`;
    await host.content.adopt(path, digest);
    return { digest, size };
  } catch (error) {
    if (error instanceof CaissonError) throw error;
    throw new CaissonError('unavailable', `${redact(url)} broke off after ${size} bytes`, { cause: error });
  } finally {
    closeSync(fd);
    rmSync(path, { force: true });
  }
}

function nameOf(url: string, response: Response): string {
  const disposition = /filename="?([^";/\\]+)"?/.exec(response.headers.get('content-disposition') ?? '')?.[1];
  const last = new URL(response.url || url).pathname.split('/').findLast((part) => part !== '') ?? '';
  const own = new URL(url).pathname.split('/').findLast((part) => part !== '');
  const name = disposition ?? own ?? last;
  try {
    return decodeURIComponent(name).replaceAll('/', '_');
  } catch {
    return name;
  }
}
