import type { LayerIndex } from '../index/layer-index.js';
import type { RawPath } from '../raw-path.js';
import type { LayerTree, TreeEntry } from './layer-tree.js';

export type ChangeKind = 'added' | 'changed' | 'deleted';

/** One path that a layer changed. */
export interface LayerChange {
  readonly path: RawPath;
  readonly kind: ChangeKind;
  /** What is there with the layer, and what was there without it. */
  readonly after: TreeEntry | undefined;
  readonly before: TreeEntry | undefined;
}

export interface LayerChanges {
  readonly changes: readonly LayerChange[];
  readonly added: number;
  readonly changed: number;
  readonly deleted: number;
  /** Bytes of file content that the layer brings. */
  readonly addedBytes: number;
  /** Bytes of lower layers' files that it replaces or deletes: they stay in the image without use. */
  readonly wastedBytes: number;
}

/**
 * What the layer changes in the tree of those below it. Folders that it only passes through count as unchanged. `above` is the tree with
 * the layer, where it is at hand.
 */
export function layerChanges(below: LayerTree, layer: LayerIndex, above: LayerTree = below.with(layer)): LayerChanges {
  const changes = new Map<RawPath, LayerChange>();
  const note = (path: RawPath): void => {
    if (changes.has(path)) return;
    const before = below.lookup(path, { followSymlinks: false });
    const after = above.lookup(path, { followSymlinks: false });
    if (before === undefined && after === undefined) return;
    const kind = after === undefined ? 'deleted' : before === undefined ? 'added' : 'changed';
    if (kind === 'changed' && after?.inode === before?.inode) return;
    changes.set(path, { path, kind, after, before });
    // What went with a folder that is gone or is no folder now.
    if (before?.type === 'directory' && after?.type !== 'directory') for (const child of below.walk(path)) note(child.path);
  };
  for (let i = 0; i < layer.length; i++) {
    const path = layer.path(i);
    note(path);
    const type = layer.type(i);
    if (type === 'opaque' || type === 'whiteout') for (const child of below.walk(path)) note(child.path);
  }
  return summary([...changes.values()]);
}

function summary(changes: readonly LayerChange[]): LayerChanges {
  const count = { added: 0, changed: 0, deleted: 0 };
  let addedBytes = 0;
  let wastedBytes = 0;
  const inodes = new Set<string>();
  for (const { kind, before, after } of changes) {
    count[kind]++;
    if (after !== undefined && !inodes.has(after.inode)) addedBytes += after.size;
    if (after !== undefined) inodes.add(after.inode);
    wastedBytes += before?.size ?? 0;
  }
  return { changes, ...count, addedBytes, wastedBytes };
}
