import { createHash, type Hash } from 'node:crypto';
import type { LayerCompression } from '../../model/media-type.js';
import { Digester } from '../../model/digest.js';
import { decompress, type DecompressOptions } from '../compression/decompress.js';
import { throwIfAborted } from '../../progress.js';
import type { TarEntry } from '../entry.js';
import { type TarHandler, TarReader } from '../tar/reader.js';
import type { SparseMap } from '../tar/sparse.js';
import { LayerIndexBuilder } from './builder.js';
import type { Classified } from './layer-entry.js';
import type { LayerIndex } from './layer-index.js';

export interface IndexLayerOptions extends DecompressOptions {
  /** Also hash the content of each file. */
  readonly contentDigests?: boolean;
}

/**
 * Reads a layer through and gives its table of contents, with the diffID. Nothing is unpacked.
 * @throws CaissonError `invalid-content`, `limit-exceeded`, as reading and `classify` do.
 */
export async function indexLayer(
  layer: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  compression: LayerCompression | 'auto' = 'auto',
  options: IndexLayerOptions = {},
): Promise<LayerIndex> {
  const indexer = new LayerIndexer(options);
  for await (const chunk of decompress(layer, compression, options)) {
    for (const _ of indexer.parts(chunk)) {
      await new Promise(setImmediate);
      throwIfAborted(options.signal);
    }
  }
  return indexer.finish();
}

/**
 * Hands the bytes of an uncompressed archive through and checks them as it does: a well-formed layer, whole, within the limits. The last
 * bytes are handed out before the last check is made, so do not keep what came before a throw.
 */
export async function* checkLayer(
  layer: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: IndexLayerOptions & { readonly onIndex?: (index: LayerIndex) => void } = {},
): AsyncGenerator<Uint8Array, void> {
  const indexer = new LayerIndexer(options);
  for await (const chunk of layer) {
    indexer.write(chunk);
    yield chunk;
  }
  const index = indexer.finish();
  options.onIndex?.(index);
}

/** Makes the table of contents of an uncompressed archive that is fed to it: `write` for each chunk, then `finish`. */
export class LayerIndexer {
  readonly #builder = new LayerIndexBuilder();
  readonly #digester = new Digester();
  readonly #reader: TarReader;
  readonly #handler: IndexingHandler;

  constructor(options: IndexLayerOptions = {}) {
    this.#handler = options.contentDigests === true ? new DigestingHandler(this.#builder) : new IndexingHandler(this.#builder);
    this.#reader = new TarReader(this.#handler, options.limits === undefined ? {} : { limits: options.limits });
  }

  /** Bytes of the archive that were read, and of the holes in its sparse files. */
  get expanded(): number {
    return this.#digester.size + this.#handler.holes;
  }

  write(chunk: Uint8Array): void {
    for (const _ of this.parts(chunk));
  }

  /** As `write`, with a pause after each part of a hole: hashing its zeros takes time. Go through all of it before the next chunk. */
  *parts(chunk: Uint8Array): Generator<void, void> {
    this.#digester.update(chunk);
    yield* this.#reader.parts(chunk);
  }

  finish(): LayerIndex {
    this.#reader.end();
    return this.#builder.finish(this.#digester.digest(), this.#digester.size);
  }
}

class IndexingHandler implements TarHandler {
  holes = 0;

  constructor(protected readonly builder: LayerIndexBuilder) {}

  entry(entry: TarEntry, offset: number, sparse: SparseMap | undefined): void {
    this.add(entry, offset, sparse);
  }

  protected add(entry: TarEntry, offset: number, sparse: SparseMap | undefined): Classified | undefined {
    if (sparse !== undefined) this.holes += entry.size - stored(sparse);
    return this.builder.add(entry, offset, sparse);
  }

  data(_chunk: Buffer): void {}
  hole(_length: number): void {}
  endEntry(): void {}
}

function stored(sparse: SparseMap): number {
  let sum = 0;
  for (let i = 1; i < sparse.length; i += 2) sum += sparse[i] ?? 0;
  return sum;
}

const zeros = Buffer.alloc(64 * 1024);

class DigestingHandler extends IndexingHandler {
  #hash: Hash | undefined;

  override entry(entry: TarEntry, offset: number, sparse: SparseMap | undefined): void {
    const meaning = this.add(entry, offset, sparse);
    this.#hash = meaning?.type === 'file' ? createHash('sha256') : undefined;
  }

  override data(chunk: Buffer): void {
    this.#hash?.update(chunk);
  }

  override hole(length: number): void {
    for (let left = length; left > 0; left -= zeros.length) this.#hash?.update(left < zeros.length ? zeros.subarray(0, left) : zeros);
  }

  override endEntry(): void {
    if (this.#hash !== undefined) this.builder.setDigest(this.#hash.digest());
    this.#hash = undefined;
  }
}
