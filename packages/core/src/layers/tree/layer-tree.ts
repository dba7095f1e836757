import { CaissonError } from '../../errors.js';
import type { EntryType } from '../entry.js';
import type { LayerEntry } from '../index/layer-entry.js';
import type { LayerIndex } from '../index/layer-index.js';
import { compareBytes, displayPath, joinPath, type RawPath } from '../raw-path.js';
import { MAX_SYMLINKS, mergeLayer } from './merge.js';
import { directoryNode, type Node } from './node.js';

/** A file as the stack of layers shows it. */
export interface TreeEntry extends Omit<LayerEntry, 'type'> {
  /** Where it was found: free of symbolic links, but for the last part where that was not followed. */
  readonly path: RawPath;
  /** What it is; hard links are what they lead to. */
  readonly type: Exclude<EntryType, 'hardlink'>;
  /** Which layer describes it, counted from the lowest; -1 for a folder that no layer describes. */
  readonly layer: number;
  /** Equal for hard links to one file. */
  readonly inode: string;
}

/** Reads `length` bytes at `offset` of a layer's uncompressed archive. */
export type LayerReader = (layer: LayerIndex, offset: number, length: number) => Promise<Uint8Array>;

/**
 * The root file system that a stack of layers makes, from their indexes alone: nothing is unpacked. Immutable; `with` gives the tree
 * with one more layer on top and shares what did not change, so that a tree per build step costs what the step changed.
 *
 * Paths are looked up as the kernel does in a chroot: symbolic links are followed, up to 40, and never lead out of the root. Paths may
 * be absolute or relative to the root.
 */
export class LayerTree {
  static readonly empty = new LayerTree([], directoryNode({}));

  /** Lowest first. */
  readonly layers: readonly LayerIndex[];
  readonly #root: Node;

  private constructor(layers: readonly LayerIndex[], root: Node) {
    this.layers = layers;
    this.#root = root;
  }

  /** The tree of these layers, lowest first. @throws CaissonError `invalid-content` for a layer that contradicts itself. */
  static of(layers: Iterable<LayerIndex>): LayerTree {
    const all: LayerIndex[] = [];
    const owner = {};
    const root = directoryNode(owner);
    for (const layer of layers) mergeLayer(root, layer, all.push(layer) - 1, owner);
    return new LayerTree(all, root);
  }

  with(layer: LayerIndex): LayerTree {
    const owner = {};
    const root: Node = { ...this.#root, children: new Map(this.#root.children), owner };
    mergeLayer(root, layer, this.layers.length, owner);
    return new LayerTree([...this.layers, layer], root);
  }

  /** What is at this path; undefined for nothing, and where a part of the path is no folder or the links go in a circle. */
  lookup(path: RawPath, options: { readonly followSymlinks?: boolean } = {}): TreeEntry | undefined {
    const found = this.#walk(path, options.followSymlinks ?? true);
    return found.node === undefined ? undefined : this.#entry(found.path, found.node);
  }

  /**
   * Where this path leads when all symbolic links on it are followed, also where what it names does not exist yet: a destination for
   * COPY. @throws CaissonError `invalid-argument` when a part of it is no folder, or the links go in a circle.
   */
  resolve(path: RawPath): RawPath {
    const found = this.#walk(path, true);
    if (found.problem === undefined) return found.path;
    throw new CaissonError('invalid-argument', `${displayPath(path)}: ${found.problem}`);
  }

  /** The names in a folder, bytewise; none for what is no folder. */
  names(directory: RawPath): RawPath[] {
    return [...(this.#walk(directory, true).node?.children?.keys() ?? [])].sort(compareBytes);
  }

  children(directory: RawPath): TreeEntry[] {
    const { node, path } = this.#walk(directory, true);
    return sorted(node).map(([name, child]) => this.#entry(joinPath(path, name), child));
  }

  /**
   * Everything below this path, which is not part of it, in tree order; links are not followed. `enter` tells whether to go into a folder.
   */
  *walk(path: RawPath = '', enter?: (directory: TreeEntry) => boolean): Generator<TreeEntry, void> {
    const start = this.#walk(path, true);
    const stack: (readonly [RawPath, Node])[] = [];
    const push = (directory: RawPath, node: Node | undefined): void => {
      for (const [name, child] of sorted(node).reverse()) stack.push([joinPath(directory, name), child]);
    };
    push(start.path, start.node);
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const entry = this.#entry(next[0], next[1]);
      yield entry;
      if (next[1].children !== undefined && (enter?.(entry) ?? true)) push(next[0], next[1]);
    }
  }

  /**
   * A file's content. @throws CaissonError `not-found`, `invalid-argument` for what is no file, `limit-exceeded` above `maxBytes`
   * (default 4 MiB).
   */
  async readFile(path: RawPath, read: LayerReader, options: { readonly maxBytes?: number } = {}): Promise<Buffer> {
    const entry = this.lookup(path);
    if (entry === undefined) throw new CaissonError('not-found', `no such file in the image: ${displayPath(path)}`);
    const layer = this.layers[entry.layer];
    if (entry.type !== 'file' || layer === undefined) throw new CaissonError('invalid-argument', `not a file in the image: ${displayPath(path)}`);
    const max = options.maxBytes ?? 4 * 2 ** 20;
    if (entry.size > max) throw new CaissonError('limit-exceeded', `${displayPath(path)} has more than ${max} bytes`);
    const content = Buffer.alloc(entry.size);
    let offset = entry.offset;
    const pieces = entry.sparse ?? [0, entry.size];
    for (let i = 0; i < pieces.length; i += 2) {
      const length = pieces[i + 1]!;
      if (length > 0) content.set(await read(layer, offset, length), pieces[i]!);
      offset += length;
    }
    return content;
  }

  #walk(path: RawPath, followLast: boolean): { path: RawPath; node: Node | undefined; problem?: string } {
    const nodes: Node[] = [this.#root];
    const names: RawPath[] = [];
    const pending = path.split('/').reverse();
    let links = 0;
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (name === '' || name === '.') continue;
      if (name === '..') {
        if (nodes.length > 1) nodes.pop();
        names.pop();
        continue;
      }
      const node = nodes.at(-1)!;
      if (node.kind !== 'directory') return { path: names.join('/'), node: undefined, problem: `${displayPath(names.join('/'))} is no folder` };
      const child = node.children?.get(name);
      if (child === undefined) return { path: [...names, ...missing(name, pending)].join('/'), node: undefined };
      if (child.kind === 'symlink' && (followLast || pending.some((part) => part !== ''))) {
        if (++links > MAX_SYMLINKS) return { path: '', node: undefined, problem: 'its symbolic links go in a circle' };
        const target = this.layers[child.layer]!.columns.linkname[child.entry]!;
        if (target.startsWith('/')) {
          nodes.length = 1;
          names.length = 0;
        }
        pending.push(...target.split('/').reverse());
        continue;
      }
      nodes.push(child);
      names.push(name);
    }
    return { path: names.join('/'), node: nodes.at(-1) };
  }

  #entry(path: RawPath, node: Node): TreeEntry {
    const inode = node.layer < 0 ? `-:${path}` : `${node.layer}:${node.entry}`;
    const index = this.layers[node.layer];
    if (index === undefined) return { ...implied, path, layer: -1, inode };
    const entry = index.entry(node.entry);
    // A hard link's node has its target's entry, and whiteouts have no node.
    return { ...entry, path, type: entry.type as TreeEntry['type'], layer: node.layer, inode };
  }
}

const implied: Omit<TreeEntry, 'path' | 'layer' | 'inode'> = {
  type: 'directory',
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 0,
  mtimeNs: 0,
  linkname: '',
  devmajor: 0,
  devminor: 0,
  xattrs: undefined,
  offset: 0,
  sparse: undefined,
  digest: undefined,
};

function sorted(node: Node | undefined): [RawPath, Node][] {
  return [...(node?.children ?? [])].sort(([a], [b]) => compareBytes(a, b));
}

/** The rest of a path below what exists: `..` takes back a part of it, and goes no further up. */
function missing(name: RawPath, pending: readonly RawPath[]): RawPath[] {
  const parts = [name];
  for (const part of pending.toReversed()) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts;
}
