import { archivedLayers, CaissonError, decompress, LayerIndexer, passFirst, throwIfAborted, type Digest, type Image, type LayerIndex, type LayerIndexes, type LayerProvider } from '@caisson/core';

type Documents = Pick<Image, 'manifest' | 'config'>;

/** The archive that a host makes of the image (docker save). */
export type SaveImage = (id: Digest, signal: AbortSignal | undefined) => AsyncIterable<Uint8Array>;

/**
 * Layers of a host that shows no files of images, from the archives that it saves: each is read through once and only its tables of contents
 * are kept. What a layer is, is told by its diffID, which is computed; so nothing that the host says is taken on trust.
 */
export class SavedLayers implements LayerProvider {
  readonly #save: SaveImage;
  readonly #kept: LayerIndexes;
  /** Where layers were in the archives that were read, by image: dockerd names the topmost after its image. */
  readonly #places = new Map<string, string>();

  constructor(save: SaveImage, kept: LayerIndexes) {
    this.#save = save;
    this.#kept = kept;
  }

  async indexes(image: Documents, { signal, contentDigests = false }: { readonly signal?: AbortSignal | undefined; readonly contentDigests?: boolean }): Promise<readonly LayerIndex[]> {
    const diffIds = image.config.rootfs.diff_ids;
    const found = new Map<Digest, LayerIndex>();
    for (const diffId of diffIds) {
      const index = this.#kept.load(diffId, { contentDigests });
      if (index) found.set(diffId, index);
    }
    if (diffIds.some((diffId) => !found.has(diffId))) await this.#readThrough(image, found, signal);
    return diffIds.map((diffId, place) => found.get(diffId) ?? fail(place, diffIds.length));
  }

  async *open(image: Documents, layer: number, offset: number, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void> {
    const { diff_ids: diffIds } = image.config.rootfs;
    const diffId = diffIds[layer];
    if (!diffId) throw new CaissonError('internal', `there is no layer ${layer}`);
    // It may have been kept since another day, when the archive was read the last time.
    if (!this.#places.has(placeKey(image, diffId))) await this.#readThrough(image, new Map(), signal);
    for await (const { path, data } of archivedLayers(this.#save(image.manifest.config.digest, signal), archiveName)) {
      if (path === this.#places.get(placeKey(image, diffId))) return yield* passFirst(decompress(data, 'auto', callOf(signal)), offset);
      for await (const _ of data);
    }
    fail(layer, diffIds.length);
  }

  /** Until all layers of the image have been found; or to the end. */
  async #readThrough(image: Documents, found: Map<Digest, LayerIndex>, signal: AbortSignal | undefined): Promise<void> {
    const missing = new Set(image.config.rootfs.diff_ids.filter((diffId) => !found.has(diffId)));
    for await (const { path, data } of archivedLayers(this.#save(image.manifest.config.digest, signal), archiveName)) {
      const indexer = new LayerIndexer({ contentDigests: true });
      for await (const piece of decompress(data, 'auto', callOf(signal))) {
        for (const _ of indexer.parts(piece)) {
          await new Promise(setImmediate);
          throwIfAborted(signal);
        }
      }
      const index = indexer.finish();
      this.#places.set(placeKey(image, index.diffId), path);
      if (!missing.delete(index.diffId)) continue;
      found.set(index.diffId, index);
      this.#kept.save(index);
      if (missing.size === 0) return;
    }
  }
}

function placeKey({ manifest }: Documents, diffId: Digest): string {
  return `${manifest.config.digest} ${diffId}`;
}

const archiveName = "the host's archive of the image";

function callOf(signal: AbortSignal | undefined): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

function fail(place: number, count: number): never {
  throw new CaissonError('not-found', `${archiveName} has no layer ${place + 1} of the image's ${count}`);
}
