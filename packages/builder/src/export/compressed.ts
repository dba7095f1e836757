import { compressLayers, type CopyOptions, type OutputCompression } from '@caisson/core';
import type { BuilderHost } from '../host.js';

/** How a copy is to pack the layers on their way out. */
export function compressed(host: BuilderHost, { type, level }: OutputCompression): Pick<CopyOptions, 'transformLayer'> {
  return type === 'uncompressed' ? {} : { transformLayer: compressLayers(host, type, level === undefined ? {} : { level }) };
}
