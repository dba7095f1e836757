import { createHash } from 'node:crypto';
import { CaissonError, compareTreeOrder, displayPath, parentPath, sha256, tarEntry, type Digest, type LayerTree, type RawPath, type TarEntry, type TreeEntry } from '@caisson/core';
import type { SourceFile, SourceTree } from '../source/source-tree.js';

/** An entry of a layer that is about to be written, and where its bytes come from. */
export interface PlannedEntry {
  readonly entry: TarEntry;
  readonly from?: { readonly tree: SourceTree; readonly file: SourceFile };
  /** Content that exists nowhere else: a heredoc. */
  readonly bytes?: Uint8Array;
}

/**
 * The entries of one layer, gathered in any order: the last one of a path wins. Knows the tree below, so that folders which are there
 * already are not written again, and what cannot be is refused as docker does.
 */
export class LayerPlan {
  readonly #below: LayerTree;
  readonly #time: number;
  readonly #entries = new Map<RawPath, PlannedEntry>();
  /** Folders of the tree below that something may go into, and those above them: undefined for one that need not be said again. */
  readonly #kept = new Map<RawPath, PlannedEntry | undefined>();

  /** `time` (seconds since 1970) is for the folders that have to be made. */
  constructor(below: LayerTree, time: number) {
    this.#below = below;
    this.#time = time;
  }

  /** What will be at this path, of the layer or below it. */
  typeAt(path: RawPath): TarEntry['type'] | undefined {
    return this.#entries.get(path)?.entry.type ?? this.#below.lookup(path, { followSymlinks: false })?.type;
  }

  /** Makes the folder and those above it where they are missing. */
  ensureFolder(path: RawPath, owner: { uid: number; gid: number; mode?: number }): void {
    if (path === '') return;
    const type = this.typeAt(path);
    if (type === 'directory') return this.#keepFolder(path);
    if (type !== undefined) throw new CaissonError('invalid-argument', `/${displayPath(path)} exists and is no folder`);
    this.ensureFolder(parentPath(path), owner);
    const { uid, gid, mode = 0o755 } = owner;
    this.#entries.set(path, { entry: tarEntry({ path, type: 'directory', mode, uid, gid, mtime: this.#time }) });
  }

  put(planned: PlannedEntry): void {
    const { path, type } = planned.entry;
    const there = this.typeAt(path);
    if (type === 'directory' && there !== undefined && there !== 'directory')
      throw new CaissonError('invalid-argument', `the folder /${displayPath(path)} cannot be copied onto a ${there === 'symlink' ? 'symbolic link' : there}`);
    if (type !== 'directory' && there === 'directory')
      throw new CaissonError('invalid-argument', `a file cannot be copied onto the folder /${displayPath(path)}`);
    this.#entries.set(path, planned);
  }

  /**
   * Says a folder of the tree below again where it is not root's with mode 0755: docker and podman make folders that a layer does not
   * describe like that, over what lower layers say, and /tmp would be closed to everybody but root.
   */
  #keepFolder(path: RawPath): void {
    for (let at = path; at !== '' && !this.#entries.has(at) && !this.#kept.has(at); at = parentPath(at)) {
      const folder = this.#below.lookup(at, { followSymlinks: false });
      this.#kept.set(at, folder && !isPlain(folder) ? { entry: tarEntry({ ...folder, size: 0 }) } : undefined);
    }
  }

  /** Folders that something of the layer goes into, and that must be in it for their own sake. */
  #keptEntries(): PlannedEntry[] {
    const needed = new Set<RawPath>();
    for (const path of this.#entries.keys())
      for (let at = parentPath(path); at !== '' && !needed.has(at); at = parentPath(at)) needed.add(at);
    return [...this.#kept].flatMap(([path, planned]) => (planned && needed.has(path) && !this.#entries.has(path) ? [planned] : []));
  }

  /** In tree order, hard links last to their targets. */
  entries(): PlannedEntry[] {
    const sorted = [...this.#keptEntries(), ...this.#entries.values()].sort((a, b) => compareTreeOrder(a.entry.path, b.entry.path));
    return linkEqualFiles(sorted);
  }
}

function isPlain({ mode, uid, gid, xattrs }: TreeEntry): boolean {
  return mode === 0o755 && uid === 0 && gid === 0 && (xattrs?.size ?? 0) === 0;
}

/** Several names of one file become one file and hard links to it, in the order of the archive. */
function linkEqualFiles(entries: readonly PlannedEntry[]): PlannedEntry[] {
  const first = new Map<string, PlannedEntry>();
  return entries.map((planned) => {
    const inode = planned.from?.file.inode;
    if (inode === undefined || planned.entry.type !== 'file') return planned;
    const { mode, uid, gid } = planned.entry;
    const key = `${inode} ${mode} ${uid} ${gid}`;
    const target = first.get(key);
    if (!target) {
      first.set(key, planned);
      return planned;
    }
    return { entry: { ...planned.entry, type: 'hardlink', size: 0, linkname: target.entry.path, xattrs: undefined } };
  });
}

/** Names what the layer will hold to the last bit, without its being written. The files' digests must have been taken. */
export function planDigest(entries: readonly PlannedEntry[]): Digest {
  const hasher = createHash('sha256');
  for (const { entry, from, bytes } of entries) {
    const { path, type, mode, uid, gid, size, mtime, mtimeNs, linkname, devmajor, devminor, xattrs, windows } = entry;
    const digest = type !== 'file' ? '' : from ? from.tree.digest(from.file) : bytes ? sha256(bytes) : '';
    const extended = xattrs ? [...xattrs].map(([name, value]) => `${name}=${Buffer.from(value).toString('hex')}`).join() : '';
    hasher.update(`${path}\0${type}\0${mode}\0${uid}\0${gid}\0${size}\0${mtime}\0${mtimeNs}\0${linkname}\0${devmajor}\0${devminor}\0${extended}\0${digest}\0`, 'latin1');
    if (windows) hasher.update(`${[...windows].join('\0')}\0`, 'latin1');
  }
  return `sha256:${hasher.digest('hex')}`;
}

