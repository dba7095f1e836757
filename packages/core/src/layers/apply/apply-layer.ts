import { CaissonError } from '../../errors.js';
import { Digester, type Digest } from '../../model/digest.js';
import type { LayerCompression } from '../../model/media-type.js';
import { decompress } from '../compression/decompress.js';
import type { TarEntry } from '../entry.js';
import { LayerIndexBuilder } from '../index/builder.js';
import type { LayerIndex } from '../index/layer-index.js';
import { type TarHandler, TarReader } from '../tar/reader.js';
import type { SparseMap } from '../tar/sparse.js';
import { Extractor } from './extractor.js';
import type { ExtractOptions } from './options.js';

export interface ApplyLayerOptions extends ExtractOptions {
  readonly signal?: AbortSignal;
  /** Refuse the layer when its uncompressed bytes have another digest. This is known only after they have been unpacked. */
  readonly diffId?: Digest;
}

/** What was unpacked; `index.diffId` is the digest of its uncompressed bytes. */
export interface AppliedLayerFiles {
  readonly index: LayerIndex;
  /** Headers that stand for a file, whiteout or opaque mark. */
  readonly entries: number;
}

/**
 * Unpacks a layer into the folder `target` and tells its diffID and table of contents. Decompression runs beside it in the thread pool;
 * the rest is synchronous between chunks: run it in a worker where others wait.
 *
 * Nothing outside `target` is read or changed, whatever the layer holds (see FolderCursor). After a failure `target` holds a part of the
 * layer: remove it.
 * @throws CaissonError `invalid-content`, `limit-exceeded`, `digest-mismatch`, `no-space`, `denied`, `cancelled`
 */
export async function applyLayer(
  layer: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  compression: LayerCompression | 'auto',
  target: string,
  options: ApplyLayerOptions,
): Promise<AppliedLayerFiles> {
  const handler = new IndexingExtractor(new Extractor(target, options));
  const limits = options.limits === undefined ? {} : { limits: options.limits };
  const reader = new TarReader(handler, limits);
  const digester = new Digester();
  try {
    for await (const chunk of decompress(layer, compression, { ...limits, ...(options.signal === undefined ? {} : { signal: options.signal }) })) {
      digester.update(chunk);
      reader.write(chunk);
    }
    reader.end();
    const diffId = digester.digest();
    if (options.diffId !== undefined && diffId !== options.diffId) {
      throw new CaissonError('digest-mismatch', `the layer is ${diffId} when uncompressed, and not ${options.diffId}`);
    }
    handler.extractor.finish();
    return { index: handler.builder.finish(diffId, digester.size), entries: handler.builder.length };
  } catch (error) {
    handler.extractor.abort();
    throw error;
  }
}

class IndexingExtractor implements TarHandler {
  readonly builder = new LayerIndexBuilder();

  constructor(readonly extractor: Extractor) {}

  entry(entry: TarEntry, offset: number, sparse: SparseMap | undefined): void {
    this.extractor.entry(entry, offset, sparse, this.builder.add(entry, offset, sparse));
  }

  data(chunk: Buffer): void {
    this.extractor.data(chunk);
  }

  hole(length: number): void {
    this.extractor.hole(length);
  }

  endEntry(): void {
    this.extractor.endEntry();
  }
}
