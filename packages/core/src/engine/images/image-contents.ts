import type { Image } from '../../content/image.js';
import { readableCompression, type LayerIndexes } from '../../content/layer-indexes.js';
import type { LayoutStore } from '../../content/layout-store.js';
import { CaissonError } from '../../errors.js';
import { decompress } from '../../layers/compression/decompress.js';
import { baseName, rawPath } from '../../layers/raw-path.js';
import { layerSteps, type LayerStep } from '../../layers/tree/layer-steps.js';
import { LayerTree, type TreeEntry } from '../../layers/tree/layer-tree.js';
import type { ImageComparison, ImageFile, ImageFiles, ImageLayer } from '../image-layers.js';
import type { EngineParts } from '../parts.js';
import { layerIndexes } from '../layer-indexes.js';
import { compareImages } from './compare-images.js';
import { describe, FileView } from './file-view.js';

type Documents = Pick<Image, 'manifest' | 'config'>;

/** An image's history with its layers; a history that does not fit the layers is passed over. */
export function imageLayers({ manifest, config }: Documents): ImageLayer[] {
  const history = config.history ?? [];
  const fits = history.filter((step) => !step.empty_layer).length === manifest.layers.length;
  let index = 0;
  return (fits ? history : manifest.layers.map(() => ({}))).map(({ created, created_by = '', comment = '', empty_layer: empty = false }: Partial<(typeof history)[number]>) => {
    const at = Date.parse(created ?? '');
    const place = empty ? undefined : index++;
    const layer = place === undefined ? undefined : manifest.layers[place];
    return {
      index: place,
      empty,
      digest: layer?.digest,
      diffId: place === undefined ? undefined : config.rootfs.diff_ids[place],
      mediaType: layer?.mediaType,
      size: layer?.size ?? 0,
      createdBy: created_by,
      created: Number.isNaN(at) ? undefined : new Date(at),
      comment,
    };
  });
}

export function openContents(parts: EngineParts): ImageContents {
  return new ImageContents(parts.content, layerIndexes(parts));
}

/** The files of images: layers' tables of contents, laid over each other. */
export class ImageContents {
  readonly #content: LayoutStore;
  readonly #indexes: LayerIndexes;
  /** The latest few, by their layers: whoever looks at an image looks at all of it. */
  readonly #recent = new Map<string, Promise<readonly LayerStep[]>>();

  constructor(content: LayoutStore, indexes: LayerIndexes) {
    this.#content = content;
    this.#indexes = indexes;
  }

  async files(image: Documents, layer: number | undefined, signal: AbortSignal | undefined): Promise<ImageFiles> {
    const steps = await this.steps(image, { signal });
    return layer === undefined ? FileView.ofImage(steps) : FileView.ofLayer(stepAt(steps, layer));
  }

  /** @throws CaissonError `not-found`, `invalid-argument` */
  async readFile(image: Documents, path: string, layer: number | undefined, signal: AbortSignal | undefined): Promise<{ file: ImageFile; data: AsyncIterable<Uint8Array> }> {
    const steps = await this.steps(image, { signal });
    const entry = stepAt(steps, layer ?? steps.length - 1).tree.lookup(rawPath(path));
    if (!entry) throw new CaissonError('not-found', `there is no ${path} in the image`);
    if (entry.type !== 'file') throw new CaissonError('invalid-argument', `${path} is no file`);
    const descriptor = image.manifest.layers[entry.layer];
    if (!descriptor) throw new CaissonError('internal', `${path} comes from no layer`);
    const compression = readableCompression(descriptor);
    const call = signal ? { signal } : {};
    // Uncompressed, it is read from where it begins.
    const skip = compression === 'none' ? 0 : entry.offset;
    const bytes = compression === 'none' ? this.#content.open(descriptor.digest, { offset: entry.offset, ...call }) : decompress(this.#content.open(descriptor.digest, call), compression, call);
    return { file: describe(entry.path, baseName(entry.path), { entry, change: undefined, size: entry.size, wasted: 0 }), data: contentOf(entry, slice(bytes, skip)) };
  }

  async compare(a: Documents, b: Documents, signal: AbortSignal | undefined): Promise<ImageComparison> {
    const open = async (image: Documents) => ({ tree: (await this.steps(image, { signal, contentDigests: true })).at(-1)?.tree ?? LayerTree.empty, config: image.config });
    return compareImages(await open(a), await open(b));
  }

  /** The image below its layer number `from`, and all of it. */
  async trees(image: Documents, from: number, signal: AbortSignal | undefined): Promise<{ below: LayerTree; above: LayerTree }> {
    const steps = await this.steps(image, { signal });
    return { below: steps[from - 1]?.tree ?? LayerTree.empty, above: steps.at(-1)?.tree ?? LayerTree.empty };
  }

  /** @throws CaissonError `not-found` where a layer is not in the store */
  async steps({ manifest, config }: Documents, { signal, contentDigests = false }: { signal?: AbortSignal | undefined; contentDigests?: boolean }): Promise<readonly LayerStep[]> {
    const diffIds = config.rootfs.diff_ids;
    const key = `${contentDigests} ${diffIds.join()}`;
    let steps = this.#recent.get(key);
    this.#recent.delete(key);
    if (!steps) {
      steps = Promise.all(
        manifest.layers.map((layer, place) => {
          const diffId = diffIds[place];
          if (!diffId) throw new CaissonError('invalid-content', `the image's manifest has ${manifest.layers.length} layers and its config ${diffIds.length}`);
          return this.#indexes.get(this.#content, layer, diffId, { contentDigests, ...(signal ? { signal } : {}) });
        }),
      ).then(layerSteps);
      steps.catch(() => this.#recent.delete(key));
    }
    this.#recent.set(key, steps);
    for (const old of [...this.#recent.keys()].slice(0, -2)) this.#recent.delete(old);
    return steps;
  }
}

function stepAt(steps: readonly LayerStep[], layer: number): LayerStep {
  const step = steps[layer];
  if (step) return step;
  throw new CaissonError('not-found', steps.length === 0 ? 'the image has no layers' : `the image has no layer ${layer}: there are 0 to ${steps.length - 1}`);
}

/** Without the first `count` bytes. */
async function* slice(bytes: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array, void> {
  let skip = count;
  for await (const piece of bytes) {
    if (skip < piece.byteLength) yield piece.subarray(skip);
    skip = Math.max(0, skip - piece.byteLength);
  }
}

/** A file's bytes, its holes filled, from an archive that is at its beginning. */
async function* contentOf({ size, sparse }: TreeEntry, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const map = sparse ?? [0, size];
  let at = 0;
  let part = 0;
  let left = map[1] ?? 0;
  const hole = function* (until: number): Generator<Uint8Array> {
    for (; at < until; at += Math.min(zeros.length, until - at)) yield zeros.subarray(0, Math.min(zeros.length, until - at));
  };
  const next = function* (): Generator<Uint8Array> {
    while (left === 0 && part + 2 < map.length) {
      part += 2;
      left = map[part + 1] ?? 0;
    }
    if (left > 0) yield* hole(map[part] ?? at);
  };
  if (size > 0) {
    yield* hole(map[0] ?? 0);
    yield* next();
    if (left > 0)
      for await (const piece of bytes) {
        let rest = piece;
        while (left > 0 && rest.byteLength > 0) {
          const taken = rest.subarray(0, left);
          yield taken;
          at += taken.byteLength;
          left -= taken.byteLength;
          rest = rest.subarray(taken.byteLength);
          if (left === 0) yield* next();
        }
        if (left === 0) break;
      }
    if (left > 0) throw new CaissonError('invalid-content', 'the layer ends before the file does');
    yield* hole(size);
  }
}

const zeros = new Uint8Array(64 * 1024);
