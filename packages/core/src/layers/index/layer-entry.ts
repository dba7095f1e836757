import { CaissonError } from '../../errors.js';
import type { Digest } from '../../model/digest.js';
import type { EntryType, TarEntry } from '../entry.js';
import { baseName, cleanPath, displayPath, joinPath, parentPath, type RawPath } from '../raw-path.js';
import type { SparseMap } from '../tar/sparse.js';

/**
 * `whiteout`: whatever the layers below have at this path is gone. `opaque`: what they have inside this folder is gone. Both concern
 * lower layers only, wherever among the entries they stand (OCI image spec, layer.md «Whiteouts»).
 */
export type LayerEntryType = EntryType | 'whiteout' | 'opaque';

/** One line of a layer's table of contents. */
export interface LayerEntry extends Omit<TarEntry, 'type'> {
  readonly type: LayerEntryType;
  /** Clean and relative to the root; of a hard link `linkname` is too. For a whiteout, the path that it hides. */
  readonly path: RawPath;
  /** Where the content begins in the uncompressed archive. */
  readonly offset: number;
  /** Which parts of a sparse file lie there, one after the other; undefined where all of it does. */
  readonly sparse: SparseMap | undefined;
  /** sha256 of a file's content, where it was asked for. */
  readonly digest: Digest | undefined;
}

const PREFIX = '.wh.';
const META = '.wh..wh.';
const OPAQUE = '.wh..wh..opq';

export interface Classified {
  readonly type: LayerEntryType;
  readonly path: RawPath;
  readonly linkname: RawPath;
}

/**
 * What an archive's entry stands for in a layer; undefined for aufs's own records (`.wh..wh.plnk` and such), which mean nothing here.
 * @throws CaissonError `invalid-content` for names that lead out of the layer, and for whiteouts of `.`, `..` or nothing.
 */
export function classify(entry: TarEntry): Classified | undefined {
  const path = cleanPath(entry.path);
  const type = entry.type;
  if (path.includes(PREFIX)) {
    const name = baseName(path);
    if (name === OPAQUE) return { type: 'opaque', path: parentPath(path), linkname: '' };
    if (path.startsWith(META) || path.includes(`/${META}`)) return undefined;
    if (name.startsWith(PREFIX)) {
      const hidden = name.slice(PREFIX.length);
      if (hidden === '' || hidden === '.' || hidden === '..') {
        throw new CaissonError('invalid-content', `the layer has a whiteout of nothing: ${displayPath(entry.path)}`);
      }
      return { type: 'whiteout', path: joinPath(parentPath(path), hidden), linkname: '' };
    }
  }
  if (path === '' && type !== 'directory') throw new CaissonError('invalid-content', 'the layer replaces its root by something that is no folder');
  return { type, path, linkname: type === 'hardlink' ? cleanPath(entry.linkname) : type === 'symlink' ? entry.linkname : '' };
}

/** The archive's entry for a line of the table. */
export function toTarEntry(entry: LayerEntry): TarEntry {
  const { path, mode, uid, gid, size, mtime, mtimeNs, linkname, devmajor, devminor, xattrs } = entry;
  const base = { mode, uid, gid, size, mtime, mtimeNs, linkname, devmajor, devminor, xattrs };
  if (entry.type === 'whiteout') return { ...base, type: 'file', path: whiteoutPath(path) };
  if (entry.type === 'opaque') return { ...base, type: 'file', path: opaquePath(path) };
  return { ...base, type: entry.type, path };
}

/** The archive's name for a whiteout of this path. */
export function whiteoutPath(path: RawPath): RawPath {
  return joinPath(parentPath(path), PREFIX + baseName(path));
}

/** The archive's name for the mark that this folder hides what is below. */
export function opaquePath(directory: RawPath): RawPath {
  return joinPath(directory, OPAQUE);
}
