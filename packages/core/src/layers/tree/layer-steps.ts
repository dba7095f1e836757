import type { LayerIndex } from '../index/layer-index.js';
import type { RawPath } from '../raw-path.js';
import { layerChanges, type LayerChange } from './layer-changes.js';
import { LayerTree } from './layer-tree.js';

/** What one layer of a stack does to what is below it. */
export interface LayerStep {
  /** The tree with this layer on top. */
  readonly tree: LayerTree;
  readonly changes: readonly LayerChange[];
  /**
   * Bytes of lower layers' files that nothing shows any more since this layer, by the path at which they were last seen. A file with
   * several names is wasted when the last of them is gone.
   */
  readonly wasted: ReadonlyMap<RawPath, number>;
}

/** Goes up a stack of layers, lowest first. @throws CaissonError `invalid-content` for a layer that contradicts itself */
export function layerSteps(layers: Iterable<LayerIndex>): LayerStep[] {
  const steps: LayerStep[] = [];
  const names = new Map<string, number>();
  let below = LayerTree.empty;
  for (const layer of layers) {
    const tree = below.with(layer);
    const { changes } = layerChanges(below, layer, tree);
    steps.push({ tree, changes, wasted: wastedBy(changes, names) });
    below = tree;
  }
  return steps;
}

/** `names`: how many names each file has by now, by its inode. */
function wastedBy(changes: readonly LayerChange[], names: Map<string, number>): Map<RawPath, number> {
  for (const { before, after } of changes) if (after?.type === 'file' && after.inode !== before?.inode) names.set(after.inode, (names.get(after.inode) ?? 0) + 1);
  const wasted = new Map<RawPath, number>();
  for (const { path, before, after } of changes) {
    if (before?.type !== 'file' || before.inode === after?.inode) continue;
    const left = (names.get(before.inode) ?? 1) - 1;
    names.set(before.inode, left);
    if (left === 0 && before.size > 0) wasted.set(path, before.size);
  }
  return wasted;
}
