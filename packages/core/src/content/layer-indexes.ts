import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError } from '../errors.js';
import { decodeLayerIndex, encodeLayerIndex } from '../layers/index/codec.js';
import { indexLayer } from '../layers/index/index-layer.js';
import type { LayerIndex } from '../layers/index/layer-index.js';
import type { Descriptor } from '../model/descriptor.js';
import { digestHex, type Digest } from '../model/digest.js';
import { isForeignLayer, layerCompression, type LayerCompression } from '../model/media-type.js';
import type { ContentProvider } from './content-store.js';

/**
 * Tables of contents of layers, each in a file named by the layer's diffID. Making one means reading the layer through; what is kept here
 * can be made again at any time, so that losing it costs only that.
 */
export class LayerIndexes {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  has(diffId: Digest): boolean {
    return existsSync(this.#path(diffId));
  }

  /** Undefined for none, and for one that cannot be read; with `contentDigests`, also for one that lacks them. */
  load(diffId: Digest, { contentDigests = false }: { contentDigests?: boolean } = {}): LayerIndex | undefined {
    try {
      const index = decodeLayerIndex(readFileSync(this.#path(diffId)));
      if (index.diffId !== diffId || (contentDigests && lacksDigests(index))) return undefined;
      return index;
    } catch {
      return undefined;
    }
  }

  save(index: LayerIndex): void {
    const path = this.#path(index.diffId);
    const aside = `${path}.${process.pid}.tmp`;
    try {
      mkdirSync(this.folder, { recursive: true, mode: 0o700 });
      writeFileSync(aside, encodeLayerIndex(index), { mode: 0o600 });
      renameSync(aside, path);
    } catch {
      // It is only a help; a full disk shows itself where it matters.
      rmSync(aside, { force: true });
    }
  }

  /**
   * The index of a layer, made and kept where there is none.
   * @throws CaissonError `not-found` where the layer's blob is not in the store; `digest-mismatch` when it is not what the config says
   */
  async get(content: ContentProvider, layer: Descriptor, diffId: Digest, { contentDigests = false, signal }: { contentDigests?: boolean; signal?: AbortSignal } = {}): Promise<LayerIndex> {
    const kept = this.load(diffId, { contentDigests });
    if (kept) return kept;
    const call = signal ? { signal } : {};
    const index = await indexLayer(content.open(layer.digest, call), readableCompression(layer), { ...call, contentDigests: true });
    if (index.diffId !== diffId) throw new CaissonError('digest-mismatch', `the content of layer ${layer.digest} is ${index.diffId}, but the image's config says ${diffId}`);
    this.save(index);
    return index;
  }

  #path(diffId: Digest): string {
    return join(this.folder, digestHex(diffId));
  }
}

/** @throws CaissonError `unsupported` for a layer that is no tar, or is kept elsewhere */
export function readableCompression({ mediaType, digest }: Descriptor): LayerCompression {
  const compression = layerCompression(mediaType);
  if (!compression || isForeignLayer(mediaType)) throw new CaissonError('unsupported', `the layer ${digest} is of media type ${JSON.stringify(mediaType)}, which cannot be read here`);
  return compression;
}

function lacksDigests({ columns }: LayerIndex): boolean {
  return !columns.digests && columns.type.includes(0);
}
