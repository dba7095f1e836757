import { CaissonError, joinPath, parentPath, tarEntry, type LayerTree, type RawPath } from '@caisson/core';
import type { SourceFile, SourceTree } from '../source/source-tree.js';
import type { ModeChange } from '@caisson/dockerfile';
import { LayerPlan } from './layer-plan.js';
import type { Selected } from './select.js';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** How COPY and ADD lay their sources into the destination. */
export interface CopyRules {
  /** Absolute, with a slash at the end where the Dockerfile has one. */
  readonly destination: RawPath;
  /** Absent: the source's own, where owners mean something there, else root. */
  readonly owner?: Owner;
  readonly changeMode?: ModeChange;
  /** Seconds since 1970 for files whose own times mean nothing. */
  readonly time: number;
  /** The destination is a folder whatever it looks like: several sources, or `--parents`. */
  readonly intoFolder: boolean;
}

export interface CopySource {
  readonly tree: SourceTree;
  readonly selected: readonly Selected[];
}

/** A file whose content stands in the Dockerfile. */
export interface InlineSource {
  readonly name: RawPath;
  readonly bytes: Uint8Array;
}

/**
 * What a COPY or ADD puts where. Links in the destination are followed within the image. A file goes into the destination if that is
 * a folder, ends in a slash or takes several; a folder's contents go there in any case. Folders on the way are made: 0755, of the
 * owner that files get.
 *
 * @throws CaissonError `invalid-argument` for a folder onto a file and the reverse
 */
export function planCopy(below: LayerTree, sources: readonly CopySource[], inline: readonly InlineSource[], rules: CopyRules): LayerPlan {
  const plan = new LayerPlan(below, rules.time);
  const owner = rules.owner ?? { uid: 0, gid: 0 };
  const resolved = below.resolve(rules.destination);
  const asFolder = rules.intoFolder || rules.destination.endsWith('/') || resolved === '' || below.lookup(resolved)?.type === 'directory';
  const place = (name: RawPath): RawPath => {
    if (!asFolder) return resolved;
    if (name === '') throw new CaissonError('invalid-argument', 'a source without a name cannot go into a folder');
    return joinPath(resolved, name);
  };
  for (const { tree, selected } of sources) {
    for (const { file, name, below: contents } of selected) {
      if (file.type === 'directory') {
        plan.ensureFolder(resolved, owner);
        if (tree.describesRoot && resolved !== '') plan.put({ entry: entryFor(resolved, file, tree, rules) });
        for (const item of contents) {
          const path = joinPath(resolved, item.path);
          if (item.onTheWay && plan.typeAt(path) === 'directory') plan.ensureFolder(path, owner);
          else plan.put({ entry: entryFor(path, item.file, tree, rules), from: { tree, file: item.file } });
        }
      } else {
        const path = place(name);
        plan.ensureFolder(parentPath(path), owner);
        plan.put({ entry: entryFor(path, file, tree, rules), from: { tree, file } });
      }
    }
  }
  for (const { name, bytes } of inline) {
    const path = place(name);
    plan.ensureFolder(parentPath(path), owner);
    const mode = rules.changeMode ? rules.changeMode(0o644, false) : 0o644;
    plan.put({ entry: tarEntry({ path, type: 'file', mode, ...owner, size: bytes.byteLength, mtime: rules.time }), bytes });
  }
  return plan;
}

function entryFor(path: RawPath, file: SourceFile, tree: SourceTree, rules: CopyRules) {
  const { type, size, linkname, devmajor, devminor } = file;
  const { ownsMetadata } = tree;
  const owner = rules.owner ?? (ownsMetadata ? file : { uid: 0, gid: 0 });
  const mode = rules.changeMode && type !== 'symlink' ? rules.changeMode(file.mode, type === 'directory') : file.mode;
  return tarEntry({
    path,
    type,
    mode,
    uid: owner.uid,
    gid: owner.gid,
    size,
    linkname,
    devmajor,
    devminor,
    mtime: ownsMetadata ? file.mtime : rules.time,
    mtimeNs: ownsMetadata ? file.mtimeNs : 0,
    xattrs: ownsMetadata ? file.xattrs : undefined,
  });
}
