import { sameXattrs, type TarEntry } from '../entry.js';
import { compareBytes, type RawPath } from '../raw-path.js';
import type { ChangeKind } from '../tree/layer-changes.js';

export interface Change {
  readonly path: RawPath;
  readonly kind: ChangeKind;
}

/** A tree of files that can be walked: a LayerTree, or a folder (`directoryView`). Children need no order. */
export interface TreeView {
  children(directory: RawPath): readonly TarEntry[];
}

export interface ChangesOptions {
  /** Also compare contents, of files that look alike otherwise: called with the path. Default: equal size and time mean equal. */
  readonly sameContent?: (path: RawPath) => boolean;
}

/**
 * What it takes to make `after` of `before`, in tree order: `container diff`, `image diff`. Of a folder that went or came, what was in
 * it is told too. A folder's time alone is no change: that follows from its children's.
 */
export function* changes(before: TreeView, after: TreeView, options: ChangesOptions = {}, directory: RawPath = ''): Generator<Change, void> {
  const old = new Map(before.children(directory).map((entry) => [entry.path, entry]));
  const now = new Map(after.children(directory).map((entry) => [entry.path, entry]));
  for (const path of [...new Set([...old.keys(), ...now.keys()])].sort(compareBytes)) {
    const a = old.get(path);
    const b = now.get(path);
    if (a === undefined) yield { path, kind: 'added' };
    else if (b === undefined) yield { path, kind: 'deleted' };
    else if (!same(a, b) || (a.type === 'file' && options.sameContent?.(path) === false)) yield { path, kind: 'changed' };
    const wasFolder = a?.type === 'directory';
    const isFolder = b?.type === 'directory';
    if (wasFolder || isFolder) yield* changes(wasFolder ? before : nothing, isFolder ? after : nothing, options, path);
  }
}

const nothing: TreeView = { children: () => [] };

function same(a: TarEntry, b: TarEntry): boolean {
  return (
    a.type === b.type &&
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.size === b.size &&
    a.linkname === b.linkname &&
    a.devmajor === b.devmajor &&
    a.devminor === b.devminor &&
    (a.type === 'directory' || (a.mtime === b.mtime && a.mtimeNs === b.mtimeNs)) &&
    sameXattrs(a.xattrs, b.xattrs)
  );
}
