import { openStored } from '../content/image.js';
import type { ImageRecord } from '../content/image-store.js';
import { readableCompression, type LayerIndexes } from '../content/layer-indexes.js';
import type { LayoutStore } from '../content/layout-store.js';
import { CaissonError, isCaissonError } from '../errors.js';
import { sha256, type Digest } from '../model/digest.js';
import type { Differ } from '../runtime/differ.js';
import type { Snapshotter } from '../runtime/snapshotter.js';
import type { Fault } from './fault.js';

interface Unpacked {
  readonly content: LayoutStore;
  readonly indexes: LayerIndexes;
  readonly snapshotter: Snapshotter;
  readonly differ: Differ;
}

/**
 * Compares every unpacked layer of an image with the layer, file by file. With `repair`, one that differs is unpacked anew, also under a
 * container; nothing may run on it meanwhile.
 */
export async function checkUnpacked(parts: Unpacked, images: readonly ImageRecord[], faults: Fault[], repair: boolean, signal: AbortSignal | undefined): Promise<void> {
  const seen = new Set<Digest>();
  for (const { target, names } of images) {
    const image = await openStored(parts.content, target, { name: names[0] ?? target.digest }).catch((error: unknown) => {
      if (isCaissonError(error)) return undefined; // told already, or for another platform
      throw error;
    });
    let chain: Digest | undefined;
    for (const [place, diffId] of image?.config.rootfs.diff_ids.entries() ?? []) {
      const parent = chain;
      chain = parent ? sha256(`${parent} ${diffId}`) : diffId;
      const layer = image?.manifest.layers[place];
      if (!layer || seen.has(chain)) continue;
      seen.add(chain);
      if (!(await parts.snapshotter.stat(chain)) || !(await parts.content.stat(layer.digest))) continue;
      const call = signal ? { signal } : {};
      const index = await parts.indexes.get(parts.content, layer, diffId, { contentDigests: true, ...call });
      const fault = await parts.differ.verify?.(chain, index, { contents: true, ...call });
      if (fault === undefined) continue;
      if (repair) await unpackAnew(parts, layer, diffId, chain, parent);
      faults.push({ problem: `the snapshot ${chain} is not its layer: ${fault}`, ...(repair ? { repaired: 'it was unpacked anew' } : {}) });
    }
  }
}

async function unpackAnew({ content, snapshotter, differ }: Unpacked, layer: Parameters<typeof readableCompression>[0], diffId: Digest, chain: Digest, parent: Digest | undefined): Promise<void> {
  const key = `repair-${chain.slice('sha256:'.length)}`;
  await snapshotter.remove(key);
  await snapshotter.prepare(key, parent);
  try {
    const applied = await differ.apply(content.open(layer.digest), readableCompression(layer), key);
    if (applied.diffId !== diffId) throw new CaissonError('digest-mismatch', `the content of layer ${layer.digest} is ${applied.diffId}, but the image's config says ${diffId}`);
    await snapshotter.commit(key, chain, { replace: true });
  } catch (error) {
    await snapshotter.remove(key);
    throw error;
  }
}
