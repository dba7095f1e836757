import { compareBytes, displayPath, type RawPath } from '../../layers/raw-path.js';
import { sameXattrs } from '../../layers/entry.js';
import type { LayerTree, TreeEntry } from '../../layers/tree/layer-tree.js';
import type { ImageConfig } from '../../model/image-config.js';
import type { ImageChange, ImageComparison } from '../image-layers.js';

export interface ComparedImage {
  readonly tree: LayerTree;
  readonly config: ImageConfig;
}

/**
 * What differs between two images. A file's time alone is no difference where the contents are known to be the same: every build sets it
 * anew.
 */
export function compareImages(a: ComparedImage, b: ComparedImage): ImageComparison {
  let sharedLayers = 0;
  const [ours, theirs] = [a.config.rootfs.diff_ids, b.config.rootfs.diff_ids];
  while (sharedLayers < ours.length && ours[sharedLayers] === theirs[sharedLayers]) sharedLayers++;
  return { changes: [...differences(a.tree, b.tree, sharedLayers, '')], sharedLayers, config: configChanges(a.config, b.config) };
}

function* differences(a: LayerTree | undefined, b: LayerTree | undefined, sharedLayers: number, directory: RawPath): Generator<ImageChange, void> {
  const old = new Map(a?.children(directory).map((entry) => [entry.path, entry]));
  const now = new Map(b?.children(directory).map((entry) => [entry.path, entry]));
  for (const path of [...new Set([...old.keys(), ...now.keys()])].sort(compareBytes)) {
    const before = old.get(path);
    const after = now.get(path);
    const entry = after ?? before;
    if (!entry) continue;
    if (!before || !after || !same(before, after, sharedLayers))
      yield { path: displayPath(path), kind: !before ? 'added' : !after ? 'deleted' : 'changed', type: entry.type, before: before?.size ?? 0, after: after?.size ?? 0 };
    const wasFolder = before?.type === 'directory';
    const isFolder = after?.type === 'directory';
    if (wasFolder || isFolder) yield* differences(wasFolder ? a : undefined, isFolder ? b : undefined, sharedLayers, path);
  }
}

function same(a: TreeEntry, b: TreeEntry, sharedLayers: number): boolean {
  // One and the same line of a layer that both stand on.
  if (a.inode === b.inode && a.layer >= 0 && a.layer < sharedLayers) return true;
  if (a.type !== b.type || a.mode !== b.mode || a.uid !== b.uid || a.gid !== b.gid || a.size !== b.size) return false;
  if (a.linkname !== b.linkname || a.devmajor !== b.devmajor || a.devminor !== b.devminor || !sameXattrs(a.xattrs, b.xattrs)) return false;
  return a.type !== 'file' || a.digest === b.digest;
}

function configChanges(a: ImageConfig, b: ImageConfig): ImageComparison['config'] {
  const fields = (config: ImageConfig): Record<string, unknown> => ({ architecture: config.architecture, os: config.os, variant: config.variant, author: config.author, ...config.config });
  const [before, after] = [fields(a), fields(b)];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((field) => JSON.stringify(before[field] ?? null) !== JSON.stringify(after[field] ?? null))
    .map((field) => ({ field, before: before[field], after: after[field] }));
}
