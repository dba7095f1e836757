import { sha256, type Digest } from '../../model/digest.js';
import type { Descriptor } from '../../model/descriptor.js';
import type { Manifest } from '../../model/manifest.js';
import { isIndexType } from '../../model/media-type.js';
import { isIndex, parseImageConfig, parseManifest } from '../../model/parse.js';
import type { Platform } from '../../model/platform.js';
import type { ImageManifest } from '../engine.js';
import type { EngineParts, RuntimeParts } from '../parts.js';

type Store = Pick<EngineParts, 'content' | 'runtime'>;

/** Every manifest of an image: those of its index, in its order, whether they are here or not; or the one that it is. */
export async function imageManifests(store: Store, root: Descriptor): Promise<readonly ImageManifest[]> {
  const document = isIndexType(root.mediaType) ? parseManifest(await store.content.read(root.digest), root.mediaType) : undefined;
  const snapshotter = await snapshotterOf(store);
  const found: ImageManifest[] = [];
  for (const descriptor of document && isIndex(document) ? document.manifests : [root]) found.push(await manifestOf(store, descriptor, snapshotter));
  return found;
}

async function manifestOf(store: Store, descriptor: Descriptor, snapshotter: RuntimeParts['snapshotter'] | undefined): Promise<ImageManifest> {
  const about = descriptor.annotations?.['vnd.docker.reference.type'] === 'attestation-manifest' ? (descriptor.annotations['vnd.docker.reference.digest'] as Digest | undefined) : undefined;
  const kind = about !== undefined ? 'attestation' : descriptor.platform?.os === 'unknown' || isIndexType(descriptor.mediaType) ? 'unknown' : 'image';
  const told = { descriptor, kind, ...(about === undefined ? {} : { about }) } as const;
  const own = await store.content.stat(descriptor.digest);
  const manifest = own && kind !== 'unknown' ? parseManifest(await store.content.read(descriptor.digest), descriptor.mediaType) : undefined;
  const named = descriptor.platform ? { platform: descriptor.platform } : {};
  if (!own || !manifest || isIndex(manifest)) return { ...told, ...named, available: own !== undefined && kind === 'unknown', contentBytes: own?.size ?? 0, unpackedBytes: 0 };
  const config = await store.content.stat(manifest.config.digest);
  const image = config && kind === 'image' ? parseImageConfig(await store.content.read(config.digest)) : undefined;
  let contentBytes = own.size + (config?.size ?? 0);
  for (const { digest } of new Map(manifest.layers.map((layer) => [layer.digest, layer])).values()) contentBytes += (await store.content.stat(digest))?.size ?? 0;
  return {
    ...told,
    ...(image ? { id: manifest.config.digest, platform: platformOf(image) } : named),
    // A copy takes an image's layers first and its config and manifest last.
    available: config !== undefined,
    contentBytes,
    unpackedBytes: image && snapshotter ? await unpackedBytes(snapshotter, manifest, image.rootfs.diff_ids) : 0,
  };
}

function platformOf({ os, architecture, variant, ...config }: Platform): Platform {
  return { os, architecture, ...(variant === undefined ? {} : { variant }), ...(config['os.version'] === undefined ? {} : { 'os.version': config['os.version'] }) };
}

async function unpackedBytes(snapshotter: RuntimeParts['snapshotter'], { layers }: Manifest, diffIds: readonly Digest[]): Promise<number> {
  let bytes = 0;
  let chain: Digest | undefined;
  for (const diffId of diffIds.slice(0, layers.length)) {
    chain = chain ? sha256(`${chain} ${diffId}`) : diffId;
    if (await snapshotter.stat(chain)) bytes += (await snapshotter.usage(chain)).bytes;
  }
  return bytes;
}

/** Where nothing can be unpacked, nothing is. */
async function snapshotterOf({ runtime }: Store): Promise<RuntimeParts['snapshotter'] | undefined> {
  try {
    return (await runtime()).snapshotter;
  } catch {
    return undefined;
  }
}
