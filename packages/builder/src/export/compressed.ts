import { compressLayers, type CopyOptions, type OutputCompression } from '@caisson/core';
import type { BuilderHost } from '../host.js';

/** How a copy is to pack the layers on their way out. */
export function compressed(host: BuilderHost, { type, level, force = false }: OutputCompression): Pick<CopyOptions, 'transformLayer'> {
  if (type === 'uncompressed' && !force) return {};
  return { transformLayer: compressLayers(host, type === 'uncompressed' ? 'none' : type, { force, ...(level === undefined ? {} : { level }) }) };
}
