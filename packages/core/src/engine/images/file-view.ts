import { CaissonError } from '../../errors.js';
import { compareBytes, displayPath, joinPath, rawPath, type RawPath } from '../../layers/raw-path.js';
import type { ChangeKind } from '../../layers/tree/layer-changes.js';
import type { LayerStep } from '../../layers/tree/layer-steps.js';
import type { TreeEntry } from '../../layers/tree/layer-tree.js';
import type { FileTotals, ImageFile, ImageFiles } from '../image-layers.js';

interface ViewNode {
  entry: TreeEntry | undefined;
  change: ChangeKind | undefined;
  children: Map<RawPath, ViewNode> | undefined;
  /** Of everything in view at and below. */
  size: number;
  wasted: number;
}

/** A tree of files for people to look at, with sizes and wasted bytes summed up its folders. */
export class FileView implements ImageFiles {
  readonly totals: FileTotals;
  readonly #root: ViewNode;

  private constructor(root: ViewNode, totals: FileTotals) {
    this.#root = root;
    this.totals = totals;
  }

  /** The image as a container would see it, with what all of its layers waste. */
  static ofImage(steps: readonly LayerStep[]): FileView {
    const root = node();
    const counts = new Counts();
    const tree = steps.at(-1)?.tree;
    root.entry = tree?.lookup('');
    for (const entry of tree?.walk() ?? []) {
      add(root, entry.path, entry, undefined);
      counts.see(entry);
    }
    for (const { changes, wasted } of steps) {
      counts.count(changes);
      for (const [path, bytes] of wasted) counts.waste(root, path, bytes);
    }
    return new FileView(root, counts.totals());
  }

  /** What one layer did to those below it. */
  static ofLayer({ tree, changes, wasted }: LayerStep): FileView {
    const root = node();
    root.entry = tree.lookup('');
    const counts = new Counts();
    counts.count(changes);
    for (const { path, kind, after, before } of changes) {
      const entry = after ?? before;
      if (!entry) continue;
      if (path !== '') add(root, path, entry, kind);
      else root.change = kind;
      if (after) counts.see(after);
    }
    describePassed(root, '', (path) => tree.lookup(path, { followSymlinks: false }));
    for (const [path, bytes] of wasted) counts.waste(root, path, bytes);
    return new FileView(root, counts.totals());
  }

  async children(path: string): Promise<readonly ImageFile[]> {
    const { node: folder, real } = this.#find(path);
    if (folder.entry !== undefined && folder.entry.type !== 'directory') throw new CaissonError('invalid-argument', `${path} is no folder`);
    return [...(folder.children ?? [])].sort(([a], [b]) => compareBytes(a, b)).map(([name, child]) => describe(joinPath(real, name), name, child));
  }

  #find(path: string): { node: ViewNode; real: RawPath } {
    let at = this.#root;
    let real = '';
    for (const name of path.split('/')) {
      if (name === '' || name === '.') continue;
      const found = childNamed(at.children, name);
      if (!found) throw new CaissonError('not-found', `there is no ${path} here`);
      real = joinPath(real, found[0]);
      at = found[1];
    }
    return { node: at, real };
  }
}

/** By its bytes in UTF-8, or as it is written for people. */
export function childNamed<T>(children: ReadonlyMap<RawPath, T> | undefined, name: string): [RawPath, T] | undefined {
  const raw = rawPath(name);
  const exact = children?.get(raw);
  if (exact !== undefined) return [raw, exact];
  if (!name.includes('\\x')) return undefined;
  return [...(children ?? [])].find(([other]) => displayPath(other) === name);
}

export function describe(path: RawPath, name: RawPath, { entry, change, size, wasted }: Pick<ViewNode, 'entry' | 'change' | 'size' | 'wasted'>): ImageFile {
  const { type = 'directory', mode = 0o755, uid = 0, gid = 0, mtime = 0, mtimeNs = 0, linkname = '', layer = -1 } = entry ?? {};
  return {
    name: displayPath(name),
    path: displayPath(path),
    type,
    size,
    mode,
    uid,
    gid,
    modified: new Date(mtime * 1000 + Math.floor(mtimeNs / 1e6)),
    linkTarget: type === 'symlink' ? displayPath(linkname) : '',
    layer: layer < 0 ? undefined : layer,
    ...(change === undefined ? {} : { change }),
    wastedBytes: wasted,
  };
}

class Counts {
  #entries = 0;
  #bytes = 0;
  #wasted = 0;
  readonly #kinds = { added: 0, changed: 0, deleted: 0 };
  readonly #seen = new Set<string>();

  count(changes: LayerStep['changes']): void {
    for (const { kind } of changes) this.#kinds[kind]++;
  }

  see({ inode, size }: TreeEntry): void {
    this.#entries++;
    if (size > 0 && !this.#seen.has(inode)) this.#bytes += size;
    this.#seen.add(inode);
  }

  waste(root: ViewNode, path: RawPath, bytes: number): void {
    this.#wasted += bytes;
    let at: ViewNode | undefined = root;
    at.wasted += bytes;
    for (const name of path.split('/')) {
      at = at.children?.get(name);
      if (!at) return;
      at.wasted += bytes;
    }
  }

  totals(): FileTotals {
    return { entries: this.#entries, bytes: this.#bytes, ...this.#kinds, wastedBytes: this.#wasted };
  }
}

function node(): ViewNode {
  return { entry: undefined, change: undefined, children: undefined, size: 0, wasted: 0 };
}

function add(root: ViewNode, path: RawPath, entry: TreeEntry, change: ChangeKind | undefined): void {
  // What is gone takes no room.
  const size = change === 'deleted' ? 0 : entry.size;
  let at = root;
  at.size += size;
  for (const name of path.split('/')) {
    at.children ??= new Map();
    let child = at.children.get(name);
    if (!child) at.children.set(name, (child = node()));
    child.size += size;
    at = child;
  }
  at.entry = entry;
  at.change = change;
  if (change === 'deleted') at.size = entry.size;
}

/** Folders on the way to changes: what they are is what the image says of them. */
function describePassed(folder: ViewNode, path: RawPath, lookup: (path: RawPath) => TreeEntry | undefined): void {
  for (const [name, child] of folder.children ?? []) {
    const at = joinPath(path, name);
    child.entry ??= lookup(at);
    if (child.children) describePassed(child, at, lookup);
  }
}
