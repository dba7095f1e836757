import { constants, zstdCompress } from 'node:zlib';
import type { CompressOptions } from './gzip.js';
import { defaultConcurrency, inBlocks, inOrder } from './ordered.js';

const FRAME = 4 * 1024 * 1024;

/**
 * A zstd stream of the source, compressed in parallel in the thread pool as independent frames of 4 MiB of input each, which every
 * decoder reads as one stream (RFC 8878, 3). An empty source gives one empty frame.
 */
export async function* zstd(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, options: CompressOptions = {}): AsyncGenerator<Buffer, void> {
  const level = options.level ?? 3;
  let empty = true;
  for await (const frame of inOrder(inBlocks(source, FRAME), options.concurrency ?? defaultConcurrency, (block) => compress(block, level))) {
    empty = false;
    yield frame;
  }
  if (empty) yield await compress(Buffer.alloc(0), level);
}

function compress(block: Buffer, level: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = {
      params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_contentSizeFlag]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
      pledgedSrcSize: block.length,
      // Room for the worst case, so that a frame is one round trip to the thread pool.
      chunkSize: block.length + Math.ceil(block.length / 128) + 1024,
    };
    zstdCompress(block, options, (error, result) => (error === null ? resolve(result) : reject(error)));
  });
}
