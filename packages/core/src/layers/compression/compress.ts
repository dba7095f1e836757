import type { LayerCompression } from '../../model/media-type.js';
import { type CompressOptions, gzip } from './gzip.js';
import { zstd } from './zstd.js';

/** The source's bytes, compressed; see `gzip` and `zstd`. `none` hands them through. */
export function compressLayer(
  source: AsyncIterable<Uint8Array>,
  compression: LayerCompression,
  options: CompressOptions = {},
): AsyncIterable<Uint8Array> {
  if (compression === 'none') return source;
  return compression === 'gzip' ? gzip(source, options) : zstd(source, options);
}
