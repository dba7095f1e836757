import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDigest, type Digest } from '../model/digest.js';
import { mediaTypes } from '../model/media-type.js';
import { maxDocumentBytes } from '../model/parse.js';
import { MemoryRepository, RegistryRefusal } from './registry-state.js';

export { MemoryRepository, RegistryRefusal, type MemoryManifest, type MemoryUpload } from './registry-state.js';

export interface MemoryRegistryOptions {
  /** Wants these as basic credentials. Default: anyone may do anything. */
  readonly login?: { readonly username: string; readonly password: string };
  /** Whether the referrers API of distribution spec 1.1 is there. Default true. */
  readonly referrers?: boolean;
  /** The most entries in one page of a list. Default 100. */
  readonly pageSize?: number;
  /** Sees each request first; when it resolves with true, it has answered, and the registry does nothing. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;
}

export interface RecordedRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly range?: string;
}

/**
 * A registry in memory, on a free port of loopback: all of the OCI distribution spec 1.1 (ranges, chunked and resumed uploads, mounts,
 * paging, deletion, referrers), for tests of whatever speaks to registries. `start` it, use `host` in image names, dispose of it.
 */
export class MemoryRegistry implements AsyncDisposable {
  readonly repositories = new Map<string, MemoryRepository>();
  /** Every request so far. */
  readonly requests: RecordedRequest[] = [];
  readonly #options: MemoryRegistryOptions;
  readonly #server: Server;

  private constructor(options: MemoryRegistryOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(options: MemoryRegistryOptions = {}): Promise<MemoryRegistry> {
    const registry = new MemoryRegistry(options);
    registry.#server.listen(0, '127.0.0.1');
    await once(registry.#server, 'listening');
    return registry;
  }

  /** `127.0.0.1:port` */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** A repository, made where it is not there yet. */
  repository(name: string): MemoryRepository {
    let repository = this.repositories.get(name);
    if (!repository) this.repositories.set(name, (repository = new MemoryRepository()));
    return repository;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/', headers } = request;
    this.requests.push({ method, url, ...(headers.range === undefined ? {} : { range: headers.range }) });
    try {
      if (await this.#options.intercept?.(request, response)) return;
      this.#checkLogin(headers.authorization);
      await this.#route(method, new URL(url, 'http://registry'), request, response);
    } catch (error) {
      if (request.destroyed && !request.complete) return;
      const refusal = error instanceof RegistryRefusal ? error : new RegistryRefusal(500, 'UNKNOWN', String(error));
      if (refusal.status === 401) response.setHeader('www-authenticate', 'Basic realm="memory"');
      send(response, refusal.status, { errors: [{ code: refusal.code, message: refusal.message }] });
    }
  }

  #checkLogin(authorization: string | undefined): void {
    const { login } = this.#options;
    if (!login) return;
    const wanted = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
    if (authorization !== wanted) throw new RegistryRefusal(401, 'UNAUTHORIZED', 'authentication required');
  }

  async #route(method: string, url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(url.pathname);
    if (path === '/v2/' || path === '/v2') return send(response, 200, {});
    if (path === '/v2/_catalog') return this.#list(response, url, 'repositories', [...this.repositories.keys()]);
    const match = /^\/v2\/(.+?)\/(tags\/list|manifests|blobs\/uploads|blobs|referrers)(?:\/([^/]*))?$/.exec(path);
    if (!match) throw new RegistryRefusal(404, 'UNSUPPORTED', 'there is nothing here');
    const [, name = '', kind, key = ''] = match;
    const writes = method !== 'GET' && method !== 'HEAD';
    const repository = writes ? this.repository(name) : this.repositories.get(name);
    if (!repository) throw new RegistryRefusal(404, 'NAME_UNKNOWN', 'repository name not known to registry');
    switch (kind) {
      case 'tags/list':
        return this.#list(response, url, 'tags', [...repository.tags.keys()], { name });
      case 'manifests':
        return manifests(repository, method, key, request, response, this.#options.referrers !== false);
      case 'blobs':
        return blobs(repository, method, key, request, response);
      case 'referrers':
        return this.#referrers(repository, key, url, response);
      default:
        return this.#uploads(repository, name, method, key, url, request, response);
    }
  }

  #list(response: ServerResponse, url: URL, kind: string, all: string[], rest: object = {}): void {
    const last = url.searchParams.get('last') ?? '';
    const wanted = Number(url.searchParams.get('n') ?? Infinity);
    if (Number.isNaN(wanted)) throw new RegistryRefusal(400, 'PAGINATION_NUMBER_INVALID', 'n is no number');
    const left = all.sort().filter((entry) => entry > last);
    const page = left.slice(0, Math.min(wanted, this.#options.pageSize ?? 100));
    const next = new URLSearchParams({ n: String(page.length), last: page.at(-1) ?? '' });
    if (page.length < left.length && page.length > 0) response.setHeader('link', `<${url.pathname}?${next.toString()}>; rel="next"`);
    send(response, 200, { ...rest, [kind]: page });
  }

  #referrers(repository: MemoryRepository, digest: string, url: URL, response: ServerResponse): void {
    if (this.#options.referrers === false) throw new RegistryRefusal(404, 'UNSUPPORTED', 'there is no referrers API');
    const artifactType = url.searchParams.get('artifactType');
    if (artifactType !== null) response.setHeader('oci-filters-applied', 'artifactType');
    const manifests = repository.referrers(digest, artifactType);
    send(response, 200, { schemaVersion: 2, mediaType: mediaTypes.index, manifests }, mediaTypes.index);
  }

  async #uploads(
    repository: MemoryRepository,
    name: string,
    method: string,
    id: string,
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const digest = url.searchParams.get('digest');
    if (method === 'POST') {
      const mount = url.searchParams.get('mount') as Digest | null;
      const from = this.repositories.get(url.searchParams.get('from') ?? '');
      const bytes = mount === null ? undefined : from?.blobs.get(mount);
      if (mount !== null && bytes) {
        repository.blobs.set(mount, bytes);
        return created(response, `/v2/${name}/blobs/${mount}`, mount);
      }
      const fresh = randomUUID();
      repository.uploads.set(fresh, { chunks: [], size: 0 });
      return digest === null ? progress(response, 202, name, fresh, 0) : finish(repository, name, fresh, digest, request, response);
    }
    const upload = repository.upload(id);
    if (method === 'GET') return progress(response, 204, name, id, upload.size);
    if (method === 'DELETE') {
      repository.uploads.delete(id);
      return send(response, 204);
    }
    const start = /^(\d+)-/.exec(request.headers['content-range'] ?? '')?.[1];
    if (start !== undefined && Number(start) !== upload.size) {
      response.setHeader('range', `0-${Math.max(0, upload.size - 1)}`);
      throw new RegistryRefusal(416, 'BLOB_UPLOAD_INVALID', `the upload goes on at ${upload.size}`);
    }
    if (method === 'PUT') return finish(repository, name, id, digest ?? '', request, response);
    if (method !== 'PATCH') throw new RegistryRefusal(405, 'UNSUPPORTED', 'no such method');
    await take(repository, id, request);
    return progress(response, 202, name, id, upload.size);
  }
}

async function manifests(
  repository: MemoryRepository,
  method: string,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
  knowsSubjects: boolean,
): Promise<void> {
  if (method === 'PUT') {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    if (bytes.byteLength > maxDocumentBytes) throw new RegistryRefusal(413, 'SIZE_INVALID', 'the manifest is too large');
    const { digest, subject } = repository.putManifest(key, bytes, request.headers['content-type']);
    if (subject !== undefined && knowsSubjects) response.setHeader('oci-subject', subject);
    return created(response, `/v2/manifests/${digest}`, digest);
  }
  if (method === 'DELETE') {
    repository.deleteManifest(key);
    return send(response, 202);
  }
  const { bytes, digest, mediaType } = repository.manifest(key);
  response.writeHead(200, { 'content-type': mediaType, 'content-length': bytes.byteLength, 'docker-content-digest': digest });
  response.end(method === 'HEAD' ? undefined : bytes);
}

function blobs(repository: MemoryRepository, method: string, key: string, request: IncomingMessage, response: ServerResponse): void {
  const bytes = repository.blob(key);
  if (method === 'DELETE') {
    repository.blobs.delete(key as Digest);
    return send(response, 202);
  }
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = Number(range?.[1] ?? 0);
  const end = Math.min(bytes.byteLength, range?.[2] ? Number(range[2]) + 1 : Infinity);
  if (range && start >= bytes.byteLength) throw new RegistryRefusal(416, 'RANGE_INVALID', 'the blob is shorter');
  response.writeHead(range ? 206 : 200, {
    'content-type': 'application/octet-stream',
    'content-length': end - start,
    'accept-ranges': 'bytes',
    'docker-content-digest': key,
    ...(range ? { 'content-range': `bytes ${start}-${end - 1}/${bytes.byteLength}` } : {}),
  });
  response.end(method === 'HEAD' ? undefined : bytes.subarray(start, end));
}

/** What arrives counts, also when the sender goes away in the middle. */
async function take(repository: MemoryRepository, id: string, request: IncomingMessage): Promise<void> {
  const upload = repository.upload(id);
  for await (const chunk of request as AsyncIterable<Buffer>) {
    upload.chunks.push(chunk);
    upload.size += chunk.byteLength;
  }
}

async function finish(repository: MemoryRepository, name: string, id: string, digest: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isDigest(digest)) throw new RegistryRefusal(400, 'DIGEST_INVALID', 'the digest is missing or malformed');
  await take(repository, id, request);
  repository.commit(id, digest);
  created(response, `/v2/${name}/blobs/${digest}`, digest);
}

function created(response: ServerResponse, location: string, digest: Digest): void {
  response.writeHead(201, { location, 'docker-content-digest': digest, 'content-length': 0 });
  response.end();
}

function progress(response: ServerResponse, status: number, name: string, id: string, size: number): void {
  response.writeHead(status, {
    location: `/v2/${name}/blobs/uploads/${id}`,
    range: `0-${Math.max(0, size - 1)}`,
    ...(status === 204 ? {} : { 'content-length': 0 }),
  });
  response.end();
}

function send(response: ServerResponse, status: number, body?: object, contentType = 'application/json'): void {
  response.writeHead(status, body ? { 'content-type': contentType } : {});
  response.end(body ? JSON.stringify(body) : undefined);
}
