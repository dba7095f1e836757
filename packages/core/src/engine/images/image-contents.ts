import type { Image } from '../../content/image.js';
import { CaissonError } from '../../errors.js';
import type { LayerIndex } from '../../layers/index/layer-index.js';
import { baseName, rawPath } from '../../layers/raw-path.js';
import { layerSteps, type LayerStep } from '../../layers/tree/layer-steps.js';
import { LayerTree, type TreeEntry } from '../../layers/tree/layer-tree.js';
import type { ImageComparison, ImageFile, ImageFiles } from '../image-layers.js';
import { compareImages } from './compare-images.js';
import { describe, FileView } from './file-view.js';

type Documents = Pick<Image, 'manifest' | 'config'>;

/** Where layers' tables of contents and their bytes come from: the store, or another host. */
export interface LayerProvider {
  /**
   * Of all layers, the lowest first; with `contentDigests` each file has its digest.
   * @throws CaissonError `not-found` for a layer that is not there; `invalid-content` for an image that contradicts itself
   */
  indexes(image: Documents, options: { readonly signal?: AbortSignal | undefined; readonly contentDigests?: boolean }): Promise<readonly LayerIndex[]>;
  /** The layer's uncompressed archive from `offset` on. */
  open(image: Documents, layer: number, offset: number, signal: AbortSignal | undefined): AsyncIterable<Uint8Array>;
}

/** The files of images: layers' tables of contents, laid over each other. */
export class ImageContents {
  readonly #layers: LayerProvider;
  /** The latest few, by their layers: whoever looks at an image looks at all of it. */
  readonly #recent = new Map<string, Promise<readonly LayerStep[]>>();

  constructor(layers: LayerProvider) {
    this.#layers = layers;
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
    const bytes = this.#layers.open(image, entry.layer, entry.offset, signal);
    return { file: describe(entry.path, baseName(entry.path), { entry, change: undefined, size: entry.size, wasted: 0 }), data: contentOf(entry, bytes) };
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
  async steps(image: Documents, options: { signal?: AbortSignal | undefined; contentDigests?: boolean }): Promise<readonly LayerStep[]> {
    const key = `${options.contentDigests ?? false} ${image.config.rootfs.diff_ids.join()}`;
    let steps = this.#recent.get(key);
    this.#recent.delete(key);
    if (!steps) {
      steps = this.#layers.indexes(image, options).then(layerSteps);
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
