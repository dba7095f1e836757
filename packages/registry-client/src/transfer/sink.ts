import { CaissonError, isForeignLayer, isIndexType, isManifestType, parseManifest, type Descriptor, type Digest, type ImageSink, type PutBlobOptions, type Reference } from '@caisson/core';
import { blobSize } from '../api/blobs.js';
import { getManifest, headManifest, sendManifest } from '../api/manifests.js';
import { addFallbackReferrer, referrerDescriptor } from '../api/referrers.js';
import { nameOf, toReference } from '../api/repository.js';
import { uploadBlob, uploadMade, type UploadSessions } from '../api/upload.js';
import type { RegistryClient } from '../client.js';
import { apiAuthority } from '../hosts/endpoint.js';
import { transportOf } from '../transport/access.js';
import type { Transport } from '../transport/transport.js';

export interface RegistrySinkOptions {
  /** Where unfinished uploads are remembered, for a later process to go on with. Without it they end with this one. */
  readonly sessions?: UploadSessions;
  /** Bytes in one PATCH; see `UploadOptions`. */
  readonly chunkSize?: number;
}

/** An image in a registry, as a sink for core's `copy`. The registry verifies what it is sent, digest by digest. */
export function registrySink(client: RegistryClient, reference: string | Reference, options: RegistrySinkOptions = {}): ImageSink {
  return new RegistrySink(transportOf(client), toReference(reference), options);
}

class RegistrySink implements ImageSink {
  readonly name: string;
  readonly keepsWhole = true;
  readonly #transport: Transport;
  readonly #reference: Reference;
  readonly #options: RegistrySinkOptions;
  #tagged = false;
  /** What the tag stood for when that was asked. */
  #current: Digest | undefined;

  constructor(transport: Transport, reference: Reference, options: RegistrySinkOptions) {
    this.#transport = transport;
    // Without anything said, an image goes under `latest`; with a digest, under that alone.
    this.#reference = reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: 'latest' } : reference;
    this.#options = options;
    this.name = nameOf(reference);
  }

  async current(options: { signal?: AbortSignal } = {}): Promise<Digest | undefined> {
    if (this.#reference.tag === undefined) return undefined;
    const digest = (await headManifest(this.#transport, this.#reference, { ...options, at: 'origin' }))?.digest;
    if (digest !== undefined) this.#current = digest;
    return digest;
  }

  async has(descriptor: Descriptor, options: { signal?: AbortSignal } = {}): Promise<boolean> {
    if (isForeignLayer(descriptor.mediaType) && (descriptor.urls?.length ?? 0) > 0) return true;
    const { domain, path } = this.#reference;
    if (isIndexType(descriptor.mediaType) || isManifestType(descriptor.mediaType))
      return (await headManifest(this.#transport, { domain, path, digest: descriptor.digest }, { ...options, at: 'origin' })) !== undefined;
    const size = await blobSize(this.#transport, this.#reference, descriptor.digest, 'push', options);
    return size !== undefined;
  }

  async putBlob(descriptor: Descriptor, open: (offset: number) => AsyncIterable<Uint8Array>, options: PutBlobOptions): Promise<void> {
    const { mountFrom, onBytes, signal } = options;
    const { sessions, chunkSize } = this.#options;
    const mountable = mountFrom && apiAuthority(mountFrom.host) === apiAuthority(this.#reference.domain) && mountFrom.repository !== this.#reference.path;
    const result = await uploadBlob(this.#transport, this.#reference, descriptor, open, {
      ...(signal ? { signal } : {}),
      ...(onBytes ? { onBytes } : {}),
      ...(sessions ? { sessions } : {}),
      ...(chunkSize === undefined ? {} : { chunkSize }),
      ...(mountable ? { mountFrom: mountFrom.repository } : {}),
    });
    if (result === 'mounted') onBytes?.(descriptor.size);
  }

  putMade(key: string, open: () => AsyncIterable<Uint8Array>, { signal, onBytes }: PutBlobOptions): Promise<Pick<Descriptor, 'digest' | 'size'>> {
    const { sessions } = this.#options;
    return uploadMade(this.#transport, this.#reference, key, open, { ...(signal ? { signal } : {}), ...(onBytes ? { onBytes } : {}), ...(sessions ? { sessions } : {}) });
  }

  async putManifest(descriptor: Descriptor, bytes: Uint8Array, options: { root: boolean; signal?: AbortSignal }): Promise<void> {
    const { domain, path } = this.#reference;
    const { root, ...rest } = options;
    if (root) this.#checkDigest(descriptor);
    const target = root ? this.#reference : { domain, path, digest: descriptor.digest };
    const { subjectKnown } = await sendManifest(this.#transport, target, descriptor, bytes, rest);
    if (root) this.#tagged = true;
    if (subjectKnown) return;
    const document = parseManifest(bytes, descriptor.mediaType, `the manifest for ${this.name}`);
    if (document.subject)
      await addFallbackReferrer(this.#transport, this.#reference, document.subject.digest, referrerDescriptor(descriptor, document), rest);
  }

  async finish(root: Descriptor, options: { signal?: AbortSignal } = {}): Promise<void> {
    if (this.#tagged || this.#current === root.digest) return;
    this.#checkDigest(root);
    if (this.#reference.tag === undefined) return;
    // The registry had the manifest already, so its bytes never passed here: it is asked for them.
    const { domain, path } = this.#reference;
    const { bytes } = await getManifest(this.#transport, { domain, path, digest: root.digest }, options);
    await sendManifest(this.#transport, this.#reference, root, bytes, options);
    this.#tagged = true;
  }

  #checkDigest(root: Descriptor): void {
    const { digest } = this.#reference;
    if (digest !== undefined && digest !== root.digest)
      throw new CaissonError('digest-mismatch', `${this.name} cannot be given to an image whose digest is ${root.digest}`);
  }
}
