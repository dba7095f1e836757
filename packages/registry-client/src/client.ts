import {
  CaissonError,
  choosePlatform,
  copy,
  documentBytes,
  hostPlatform,
  isIndex,
  parseDigest,
  parseImageConfig,
  parseManifest,
  type CopyOptions,
  type Descriptor,
  type Digest,
  type ImageConfig,
  type Index,
  type Manifest,
  type Platform,
  type Reference,
} from '@caisson/core';
import { blobSize, readBlob, readWhole, removeBlob, verified, type BlobToRead, type ReadBlobOptions } from './api/blobs.js';
import { listRepositories, listTags, type ListOptions } from './api/listing.js';
import { digestOf, getManifest, headManifest, removeManifest, removeTag, sendManifest, type FetchedManifest } from './api/manifests.js';
import { addFallbackReferrer, dropFallbackReferrer, listReferrers, referrerDescriptor, type ReferrersOptions } from './api/referrers.js';
import { nameOf, toHost, toReference } from './api/repository.js';
import { uploadBlob, uploadStream, type UploadOptions } from './api/upload.js';
import { CredentialStore } from './auth/credential-store.js';
import { withDefaults, type CallOptions, type RegistryClientOptions } from './options.js';
import { registrySink } from './transfer/sink.js';
import { registrySource } from './transfer/source.js';
import { grantTransport } from './transport/access.js';
import { Transport } from './transport/transport.js';

export interface PlatformOptions extends CallOptions {
  /** Which image of an index. Default: this host's. */
  readonly platform?: Platform;
}

type Name = string | Reference;

/**
 * A client of registries (OCI distribution spec 1.1 and Docker's before it). One client serves any number of registries at once, keeps
 * connections and tokens, and holds nothing else. Names are as docker takes them: `alpine`, `ghcr.io/acme/app:1`,
 * `localhost:5000/app@sha256:…`.
 *
 * Every call throws CaissonError: `not-found`, `unauthorized`, `denied`, `unavailable`, `digest-mismatch`, `invalid-content`,
 * `invalid-argument`, `unsupported`, `cancelled`. A registry's refusal carries its own words, and `details` with `status`, `url`, `errors`.
 */
export class RegistryClient implements AsyncDisposable {
  readonly #transport: Transport;

  constructor(options: RegistryClientOptions = {}) {
    const { credentials = new CredentialStore(options.env ? { env: options.env } : {}) } = options;
    this.#transport = new Transport({ ...withDefaults(options), credentials });
    grantTransport(this, this.#transport);
  }

  /** Asks whether a registry speaks the API and takes the credentials it is shown. */
  async ping(host: string, options: CallOptions = {}): Promise<void> {
    const domain = toHost(host);
    const reply = await this.#transport.call(this.#transport.origin({ domain, path: '' }, 'push'), { method: 'GET', target: '', doing: `asking ${domain}`, scopes: [], ok: [200], signal: options.signal });
    await reply.discard();
  }

  /** What a name stands for, without fetching it; undefined where there is no such manifest. */
  async resolve(name: Name, options: CallOptions = {}): Promise<Descriptor | undefined> {
    return headManifest(this.#transport, toReference(name), options);
  }

  /** The manifest or index that a name stands for, verified; with `platform`, the manifest of that platform. */
  async manifest(name: Name, options: CallOptions & { platform: Platform }): Promise<FetchedManifest<Manifest>>;
  async manifest(name: Name, options?: CallOptions): Promise<FetchedManifest>;
  async manifest(name: Name, options: PlatformOptions = {}): Promise<FetchedManifest> {
    const reference = toReference(name);
    const fetched = await getManifest(this.#transport, reference, options);
    const { document } = fetched;
    if (options.platform === undefined || !isIndex(document)) return fetched;
    const chosen = choosePlatform(document.manifests, options.platform, nameOf(reference));
    return this.manifest({ domain: reference.domain, path: reference.path, digest: chosen.digest }, options);
  }

  /** The config of an image, for one platform. */
  async config(name: Name, options: PlatformOptions = {}): Promise<ImageConfig> {
    const reference = toReference(name);
    const { document } = await this.manifest(reference, { ...options, platform: options.platform ?? hostPlatform() });
    return parseImageConfig(await this.read(reference, document.config, options), `the config of ${nameOf(reference)}`);
  }

  /**
   * Puts a manifest or index under a tag, or under its digest where the name has no tag. Its parts must be there. One with a `subject`
   * is listed as its referrer, whether or not the registry does that itself.
   */
  async putManifest(name: Name, manifest: Manifest | Index | Uint8Array, options: CallOptions = {}): Promise<Descriptor> {
    const reference = toReference(name);
    const bytes = manifest instanceof Uint8Array ? manifest : documentBytes(manifest);
    const document = parseManifest(bytes, undefined, `the manifest for ${nameOf(reference)}`);
    const descriptor = { mediaType: document.mediaType, digest: digestOf(bytes), size: bytes.byteLength };
    if (reference.digest !== undefined && reference.digest !== descriptor.digest)
      throw new CaissonError('digest-mismatch', `the manifest for ${nameOf(reference)} has the digest ${descriptor.digest}`);
    const { subjectKnown } = await sendManifest(this.#transport, reference, descriptor, bytes, options);
    if (document.subject && !subjectKnown)
      await addFallbackReferrer(this.#transport, reference, document.subject.digest, referrerDescriptor(descriptor, document), options);
    return descriptor;
  }

  /** Deletes the manifest that a name stands for, with all its tags. */
  async deleteManifest(name: Name, options: CallOptions = {}): Promise<void> {
    const reference = toReference(name);
    const { descriptor, document } = await getManifest(this.#transport, reference, options);
    await removeManifest(this.#transport, reference, descriptor.digest, options);
    if (document.subject) await dropFallbackReferrer(this.#transport, reference, document.subject.digest, descriptor.digest, options);
  }

  /** Deletes a tag and leaves its manifest. Not every registry can: then `unsupported`. */
  async deleteTag(name: Name, options: CallOptions = {}): Promise<void> {
    const reference = toReference(name);
    if (reference.tag === undefined) throw new CaissonError('invalid-argument', `${nameOf(reference)} names no tag`);
    await removeTag(this.#transport, reference, reference.tag, options);
  }

  /**
   * A blob's bytes as they come; a broken connection is taken up again. Whole blobs are verified: the last piece comes only when digest
   * and size are right. With `offset` or `length` the reader verifies.
   */
  blob(repository: Name, blob: BlobToRead | Digest, options: ReadBlobOptions = {}): AsyncGenerator<Uint8Array, void> {
    const reference = toReference(repository);
    const wanted = typeof blob === 'string' ? { digest: parseDigest(blob) } : blob;
    const bytes = readBlob(this.#transport, reference, wanted, options);
    return options.offset || options.length !== undefined ? bytes : verified(bytes, wanted, reference.domain);
  }

  /** The whole of a small blob, verified. @throws CaissonError `limit-exceeded` above `maxBytes` (default 4 MiB) */
  async read(repository: Name, blob: BlobToRead | Digest, options: CallOptions & { maxBytes?: number } = {}): Promise<Uint8Array> {
    const wanted = typeof blob === 'string' ? { digest: parseDigest(blob) } : blob;
    return readWhole(this.#transport, toReference(repository), wanted, options);
  }

  /** The size of a blob in bytes; undefined where the repository does not have it. */
  async blobSize(repository: Name, digest: Digest, options: CallOptions = {}): Promise<number | undefined> {
    return blobSize(this.#transport, toReference(repository), parseDigest(digest), 'pull', options);
  }

  /** Sends a blob that is known by digest and size; `open` gives its bytes from an offset, and may be asked again after a fault. */
  async putBlob(
    repository: Name,
    blob: Pick<Descriptor, 'digest' | 'size'>,
    open: (offset: number) => AsyncIterable<Uint8Array>,
    options: UploadOptions = {},
  ): Promise<void> {
    await uploadBlob(this.#transport, toReference(repository), blob, open, options);
  }

  /** Sends bytes at hand, or a stream whose size nobody knows yet, and says what they are. */
  async pushBlob(
    repository: Name,
    content: Uint8Array | string | AsyncIterable<Uint8Array>,
    options: CallOptions & { mediaType?: string } = {},
  ): Promise<Descriptor> {
    const { mediaType = 'application/octet-stream', ...rest } = options;
    const reference = toReference(repository);
    if (typeof content !== 'string' && !(content instanceof Uint8Array)) return { mediaType, ...(await uploadStream(this.#transport, reference, content, rest)) };
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
    const present = await blobSize(this.#transport, reference, descriptor.digest, 'push', rest);
    if (present === undefined) await uploadBlob(this.#transport, reference, descriptor, (offset) => pieces(bytes.subarray(offset)), rest);
    return descriptor;
  }

  /** Deletes a blob from a repository. Not every registry can: then `unsupported`. */
  async deleteBlob(repository: Name, digest: Digest, options: CallOptions = {}): Promise<void> {
    await removeBlob(this.#transport, toReference(repository), parseDigest(digest), options);
  }

  /** Every tag of a repository, fetched page by page as they are read. */
  tags(repository: Name, options: ListOptions = {}): AsyncGenerator<string, void> {
    return listTags(this.#transport, toReference(repository), options);
  }

  /** Every repository of a registry, as far as it lists them. */
  catalog(host: string, options: ListOptions = {}): AsyncGenerator<string, void> {
    return listRepositories(this.#transport, toHost(host), options);
  }

  /** The manifests that name this one as their subject: signatures, SBOMs, attestations, other artifacts. */
  async referrers(name: Name, options: ReferrersOptions = {}): Promise<Descriptor[]> {
    const reference = toReference(name);
    const digest = reference.digest ?? (await this.resolve(reference, options))?.digest;
    if (digest === undefined) throw new CaissonError('not-found', `${nameOf(reference)} is not there`);
    return listReferrers(this.#transport, reference, digest, options);
  }

  /**
   * Copies an image or an artifact from one name to another, in one registry or between two: only what is missing moves, and within one
   * registry nothing is sent at all. Of an index, the images for all platforms go along unless `platforms` says otherwise.
   */
  async copy(from: Name, to: Name, options: CopyOptions = {}): Promise<Descriptor> {
    return copy(registrySource(this, from), registrySink(this, to), { platforms: 'all', ...options });
  }

  /** Closes the connections. Idle ones do not keep a process alive, so a program that ends need not call it. */
  async close(): Promise<void> {
    await this.#transport.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield await Promise.resolve(bytes);
}
