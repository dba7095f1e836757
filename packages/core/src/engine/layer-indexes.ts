import { join } from 'node:path';
import { LayerIndexes } from '../content/layer-indexes.js';
import type { EngineParts } from './parts.js';

/** Where tables of contents are kept; the builder keeps those of its layers there too. */
export function layerIndexes({ paths }: Pick<EngineParts, 'paths'>): LayerIndexes {
  return new LayerIndexes(join(paths.dataRoot, 'cache', 'layer-indexes'));
}
