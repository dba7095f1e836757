import { CaissonError, Digester, digestAlgorithm, isIndexType, isManifestType, maxDocumentBytes, type Descriptor, type ImageSource, type Reference } from '@caisson/core';
import { readBlob, readWhole } from '../api/blobs.js';
import { readInRanges } from '../api/ranges.js';
import { getManifest, type FetchedManifest } from '../api/manifests.js';
import { nameOf, toReference } from '../api/repository.js';
import type { RegistryClient } from '../client.js';
import { apiAuthority } from '../hosts/endpoint.js';
import { transportOf } from '../transport/access.js';
import type { Transport } from '../transport/transport.js';

export interface RegistrySourceOptions {
  /** Connections that one large blob is read over at once, in ranges. Default 1: several blobs at once fill most lines. */
  readonly ranges?: number;
}

/** An image in a registry, as a source for core's `copy`. Nothing is asked before `resolve`. */
export function registrySource(client: RegistryClient, reference: string | Reference, options: RegistrySourceOptions = {}): ImageSource {
  return new RegistrySource(transportOf(client), toReference(reference), options.ranges ?? 1);
}

class RegistrySource implements ImageSource {
  readonly name: string;
  readonly mountFrom: { readonly host: string; readonly repository: string };
  readonly #transport: Transport;
  readonly #reference: Reference;
  readonly #ranges: number;
  /** The root came with its resolution: asking for it again would count as a second pull. */
  #root: FetchedManifest | undefined;

  constructor(transport: Transport, reference: Reference, ranges: number) {
    this.#ranges = ranges;
    this.#transport = transport;
    this.#reference = reference;
    this.name = nameOf(reference);
    this.mountFrom = { host: apiAuthority(reference.domain), repository: reference.path };
  }

  async resolve(options: { signal?: AbortSignal } = {}): Promise<Descriptor> {
    this.#root ??= await getManifest(this.#transport, this.#reference, options);
    return this.#root.descriptor;
  }

  async document(descriptor: Descriptor, options: { signal?: AbortSignal } = {}): Promise<Uint8Array> {
    if (descriptor.digest === this.#root?.descriptor.digest) return this.#root.bytes;
    const embedded = fromData(descriptor);
    if (embedded) return embedded;
    if (descriptor.size > maxDocumentBytes)
      throw new CaissonError('limit-exceeded', `${descriptor.digest} of ${this.name} is larger than ${maxDocumentBytes} bytes`);
    const { domain, path } = this.#reference;
    if (isIndexType(descriptor.mediaType) || isManifestType(descriptor.mediaType)) {
      const { bytes } = await getManifest(this.#transport, { domain, path, digest: descriptor.digest }, options);
      if (bytes.byteLength !== descriptor.size)
        throw new CaissonError('digest-mismatch', `${descriptor.digest} of ${this.name} has ${bytes.byteLength} bytes, not the ${descriptor.size} that were promised`);
      return bytes;
    }
    return readWhole(this.#transport, this.#reference, descriptor, { ...options, maxBytes: maxDocumentBytes });
  }

  blob(descriptor: Descriptor, options: { offset?: number; signal?: AbortSignal } = {}): AsyncIterable<Uint8Array> {
    return this.#ranges > 1
      ? readInRanges(this.#transport, this.#reference, descriptor, { ...options, ranges: this.#ranges })
      : readBlob(this.#transport, this.#reference, descriptor, options);
  }
}

/** The content that a descriptor carries itself, where it is what the digest says; a wrong one is ignored, as the spec allows. */
function fromData({ data, digest, size }: Descriptor): Uint8Array | undefined {
  if (data === undefined || data.length > maxDocumentBytes * 2) return undefined;
  const bytes = Buffer.from(data, 'base64');
  const digester = new Digester(digestAlgorithm(digest));
  digester.update(bytes);
  return bytes.byteLength === size && digester.digest() === digest ? bytes : undefined;
}

