import { randomBytes } from 'node:crypto';
import { CaissonError } from '../errors.js';
import type { Descriptor } from '../model/descriptor.js';
import { sha256, type Digest } from '../model/digest.js';
import type { Index, Manifest } from '../model/manifest.js';
import { mediaTypes } from '../model/media-type.js';
import { documentBytes } from '../model/parse.js';
import { hostPlatform, type Platform } from '../model/platform.js';
import type { ImageSource } from '../transfer/image-source.js';

/** An image in memory, with layers of random bytes: something to copy, and to compare with. */
export interface MemoryImage {
  readonly root: Descriptor;
  /** Every blob and document, by digest. */
  readonly blobs: ReadonlyMap<Digest, Uint8Array>;
  /** Digests of layers and configs, which are sent as blobs. */
  readonly parts: readonly Descriptor[];
}

/** With one platform a manifest, with several an index of them. Layers of one index have one layer in common. */
export function memoryImage({ platforms = [hostPlatform()], layerBytes = [1000, 300_000] }: { platforms?: readonly Platform[]; layerBytes?: readonly number[] } = {}): MemoryImage {
  const blobs = new Map<Digest, Uint8Array>();
  const parts = new Map<Digest, Descriptor>();
  const add = (mediaType: string, bytes: Uint8Array): Descriptor => {
    const descriptor = { mediaType, digest: sha256(bytes), size: bytes.byteLength };
    blobs.set(descriptor.digest, bytes);
    return descriptor;
  };
  const part = (mediaType: string, bytes: Uint8Array): Descriptor => {
    const descriptor = add(mediaType, bytes);
    parts.set(descriptor.digest, descriptor);
    return descriptor;
  };
  const common = part(mediaTypes.layerTar, randomBytes(500));
  const manifests = platforms.map((platform) => {
    const layers = [common, ...layerBytes.map((size) => part(mediaTypes.layerTar, randomBytes(size)))];
    const config = part(mediaTypes.config, documentBytes({ ...platform, rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) } }));
    const manifest: Manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers };
    return { ...add(mediaTypes.manifest, documentBytes(manifest)), platform };
  });
  const index: Index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
  const { platform: _, ...only } = manifests[0] ?? { ...common, platform: undefined };
  const root = manifests.length === 1 ? only : add(mediaTypes.index, documentBytes(index));
  return { root, blobs, parts: [...parts.values()] };
}

/** Reads an image in memory; `reads` counts what was asked of each blob. */
export function memorySource(image: MemoryImage): ImageSource & { readonly reads: ReadonlyMap<Digest, number> } {
  const reads = new Map<Digest, number>();
  const get = (digest: Digest): Uint8Array => {
    const bytes = image.blobs.get(digest);
    if (!bytes) throw new CaissonError('not-found', `there is no ${digest} in the image`);
    return bytes;
  };
  return {
    name: 'an image in memory',
    reads,
    resolve: async () => image.root,
    document: async ({ digest }) => get(digest),
    async *blob({ digest }, { offset = 0 } = {}) {
      reads.set(digest, (reads.get(digest) ?? 0) + 1);
      const bytes = get(digest).subarray(offset);
      for (let at = 0; at < bytes.byteLength; at += 65_536) yield bytes.subarray(at, at + 65_536);
    },
  };
}
