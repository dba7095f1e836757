import type { LayerCompression } from '../../model/media-type.js';
import { type CompressOptions, gzip } from './gzip.js';
import { igzip, igzipProgram } from './igzip.js';
import { zstd } from './zstd.js';

export interface CompressLayerOptions extends CompressOptions {
  /** With whatever is quickest on this host: then hosts may differ in the bytes. Without a level only. */
  readonly fastest?: boolean;
}

/** The source's bytes, compressed; see `gzip` and `zstd`. `none` hands them through. */
export function compressLayer(
  source: AsyncIterable<Uint8Array>,
  compression: LayerCompression,
  options: CompressLayerOptions = {},
): AsyncIterable<Uint8Array> {
  if (compression === 'none') return source;
  const program = compression === 'gzip' && options.fastest === true && options.level === undefined ? igzipProgram() : undefined;
  if (program !== undefined) return igzip(program, source);
  return compression === 'gzip' ? gzip(source, options) : zstd(source, options);
}
