import type { Image } from '../../content/image.js';
import { readableCompression, type LayerIndexes } from '../../content/layer-indexes.js';
import type { ContentProvider } from '../../content/content-store.js';
import { CaissonError } from '../../errors.js';
import { decompress } from '../../layers/compression/decompress.js';
import { passFirst } from '../../layers/pass-first.js';
import type { LayerIndex } from '../../layers/index/layer-index.js';
import { layerIndexes } from '../layer-indexes.js';
import type { EngineParts } from '../parts.js';
import { ImageContents, type LayerProvider } from './image-contents.js';

type Documents = Pick<Image, 'manifest' | 'config'>;

export function openContents(parts: Pick<EngineParts, 'content' | 'paths'>): ImageContents {
  return new ImageContents(new StoredLayers(parts.content, layerIndexes(parts)));
}

/** Layers of the content store. */
class StoredLayers implements LayerProvider {
  readonly #content: ContentProvider;
  readonly #indexes: LayerIndexes;

  constructor(content: ContentProvider, indexes: LayerIndexes) {
    this.#content = content;
    this.#indexes = indexes;
  }

  async indexes({ manifest, config }: Documents, { signal, contentDigests = false }: { readonly signal?: AbortSignal | undefined; readonly contentDigests?: boolean }): Promise<readonly LayerIndex[]> {
    const diffIds = config.rootfs.diff_ids;
    return Promise.all(
      manifest.layers.map((layer, place) => {
        const diffId = diffIds[place];
        if (!diffId) throw new CaissonError('invalid-content', `the image's manifest has ${manifest.layers.length} layers and its config ${diffIds.length}`);
        return this.#indexes.get(this.#content, layer, diffId, { contentDigests, ...(signal ? { signal } : {}) });
      }),
    );
  }

  open({ manifest }: Documents, layer: number, offset: number, signal: AbortSignal | undefined): AsyncIterable<Uint8Array> {
    const descriptor = manifest.layers[layer];
    if (!descriptor) throw new CaissonError('internal', `there is no layer ${layer}`);
    const compression = readableCompression(descriptor);
    const call = signal ? { signal } : {};
    // Uncompressed, it is read from where it begins.
    if (compression === 'none') return this.#content.open(descriptor.digest, { offset, ...call });
    return passFirst(decompress(this.#content.open(descriptor.digest, call), compression, call), offset);
  }
}
