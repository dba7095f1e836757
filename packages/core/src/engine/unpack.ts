import type { LayerIndexes } from '../content/layer-indexes.js';
import type { LayoutStore } from '../content/layout-store.js';
import type { Image } from '../content/image.js';
import { CaissonError } from '../errors.js';
import type { Descriptor } from '../model/descriptor.js';
import { sha256, type Digest } from '../model/digest.js';
import { isForeignLayer, layerCompression } from '../model/media-type.js';
import type { OnProgress } from '../progress.js';
import type { Differ } from '../runtime/differ.js';
import type { Snapshotter } from '../runtime/snapshotter.js';
import { lockFile } from '../state/file-lock.js';

export interface Unpacking {
  readonly content: LayoutStore;
  readonly snapshotter: Snapshotter;
  readonly differ: Differ;
  /** Folder for the locks that keep processes from unpacking the same layer twice. */
  readonly locks: string;
  /** Where tables of contents of layers are kept: those that unpacking makes, and those that snapshots are compared with. */
  readonly indexes?: LayerIndexes;
}

/**
 * Makes sure that the committed snapshots of an image's layers are there, and returns the ChainID of the topmost; undefined for an
 * image without layers. What is there already is found at once: the topmost is looked for first. Snapshots of an earlier boot are compared
 * with their layers once, and made anew where a loss of power has damaged them.
 *
 * @throws CaissonError `digest-mismatch` when a layer's content is not its diffID: nothing of that layer is kept.
 */
export async function unpack(to: Unpacking, image: Pick<Image, 'manifest' | 'config'>, options: { signal?: AbortSignal; onProgress?: OnProgress } = {}): Promise<Digest | undefined> {
  const diffIds = image.config.rootfs.diff_ids;
  if (diffIds.length !== image.manifest.layers.length)
    throw new CaissonError('invalid-content', `the image's manifest has ${image.manifest.layers.length} layers and its config ${diffIds.length}`);
  const chains: Digest[] = [];
  for (const diffId of diffIds) chains.push(chains.length === 0 ? diffId : sha256(`${chains.at(-1)} ${diffId}`));

  let ready = chains.length;
  while (ready > 0 && !(await isReady(to.snapshotter, chains[ready - 1] as Digest))) ready--;
  for (let place = ready; place < chains.length; place++) await unpackLayer(to, image, place, chains, options);
  return chains.at(-1);
}

/** A snapshot that can be stood on as it is. */
export async function isReady(snapshotter: Snapshotter, chain: Digest): Promise<boolean> {
  const info = await snapshotter.stat(chain);
  return info !== undefined && info.unproven !== true;
}

async function isWhole({ content, differ, indexes }: Unpacking, layer: Descriptor, diffId: Digest, chain: Digest, signal: AbortSignal | undefined): Promise<boolean> {
  if (!differ.verify || !indexes) return false;
  const call = signal ? { signal } : {};
  return (await differ.verify(chain, await indexes.get(content, layer, diffId, call), call)) === undefined;
}

async function unpackLayer(to: Unpacking, image: Pick<Image, 'manifest' | 'config'>, place: number, chains: readonly Digest[], { signal, onProgress }: { signal?: AbortSignal; onProgress?: OnProgress }): Promise<void> {
  const layer = image.manifest.layers[place];
  const diffId = image.config.rootfs.diff_ids[place];
  const chain = chains[place];
  if (!layer || !diffId || !chain) return;
  const compression = layerCompression(layer.mediaType);
  // Windows' base layers mean nothing elsewhere, and are kept as they came.
  if (!compression || (isForeignLayer(layer.mediaType) && to.snapshotter.name !== 'windows')) throw new CaissonError('unsupported', `a layer of media type ${JSON.stringify(layer.mediaType)} cannot be unpacked on this host`);

  using _lock = await lockFile(`${to.locks}/unpack-${chain.slice('sha256:'.length)}`, signal ? { signal } : {});
  const there = await to.snapshotter.stat(chain);
  if (there && !there.unproven) return;
  if (there && (await isWhole(to, layer, diffId, chain, signal))) {
    await to.snapshotter.prove?.(chain);
    return;
  }
  // The same key every time: what a killed process left of it is removed first.
  const key = `unpack-${chain.slice('sha256:'.length)}`;
  await to.snapshotter.remove(key);
  onProgress?.({ id: layer.digest, status: 'extracting', total: layer.size });
  await to.snapshotter.prepare(key, chains[place - 1]);
  try {
    const applied = await to.differ.apply(to.content.open(layer.digest, signal ? { signal } : {}), compression, key, signal ? { signal } : {});
    if (applied.diffId !== diffId) throw new CaissonError('digest-mismatch', `the content of layer ${layer.digest} is ${applied.diffId}, but the image's config says ${diffId}`);
    await to.snapshotter.commit(key, chain, there ? { replace: true } : {});
    if (applied.index && to.indexes && !to.indexes.has(diffId)) to.indexes.save(applied.index);
  } catch (error) {
    await to.snapshotter.remove(key);
    throw error;
  }
  onProgress?.({ id: layer.digest, status: 'extracted', current: layer.size, total: layer.size });
}
