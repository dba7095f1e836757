import { CaissonError } from '../../errors.js';
import type { LayerIndex } from '../index/layer-index.js';
import { displayPath, type RawPath } from '../raw-path.js';
import { directoryNode, type Node, ownedChild, setChild } from './node.js';

/** As Linux has it: more symbolic links than this on the way to a file are taken for a circle. */
export const MAX_SYMLINKS = 40;

/**
 * Lays a layer over the tree under `root`, changing only nodes that `owner` owns or copies.
 *
 * The rules are those of unpacking (see apply): whiteouts first, since they concern only what is below; then entries in order, the later
 * of two with one name winning. A folder in an entry's path that is missing, or is no folder in the layers below, becomes one; where it is
 * a symbolic link of this very layer, it is followed, within the root.
 */
export function mergeLayer(root: Node, index: LayerIndex, layer: number, owner: object): void {
  new Merge(root, index, layer, owner).run();
}

class Merge {
  /** The folder of the entry before: the next one is most often in it too. */
  #lastParent: RawPath | undefined;
  #lastNode: Node;

  constructor(
    readonly root: Node,
    readonly index: LayerIndex,
    readonly layer: number,
    readonly owner: object,
  ) {
    this.#lastNode = root;
  }

  run(): void {
    const { index } = this;
    for (let i = 0; i < index.length; i++) {
      const type = index.type(i);
      if (type === 'whiteout') this.#hide(index.path(i), false);
      else if (type === 'opaque') this.#hide(index.path(i), true);
    }
    for (let i = 0; i < index.length; i++) {
      const type = index.type(i);
      if (type !== 'whiteout' && type !== 'opaque') this.#put(i);
    }
  }

  #hide(path: RawPath, contents: boolean): void {
    const parts = path === '' ? [] : path.split('/');
    const last = contents ? undefined : parts.pop();
    let node = this.root;
    for (const name of parts) {
      const child = node.children?.get(name);
      if (child === undefined || child.kind !== 'directory') return;
      node = ownedChild(node, name, child, this.owner);
    }
    if (last === undefined) node.children = undefined;
    else node.children?.delete(last);
  }

  #put(i: number): void {
    const path = this.index.path(i);
    const type = this.index.type(i);
    if (path === '') {
      this.root.layer = this.layer;
      this.root.entry = i;
      return;
    }
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    const parent = this.#folder(slash < 0 ? '' : path.slice(0, slash));
    const existing = parent.children?.get(name);
    // What is replaced may have been on the way to the folder that is remembered.
    if (existing !== undefined && !(existing.kind === 'directory' && type === 'directory')) this.#lastParent = undefined;
    if (type === 'directory') {
      const node = existing?.kind === 'directory' ? ownedChild(parent, name, existing, this.owner) : directoryNode(this.owner);
      if (node !== existing) setChild(parent, name, node);
      node.layer = this.layer;
      node.entry = i;
      return;
    }
    if (type !== 'hardlink') {
      setChild(parent, name, { layer: this.layer, entry: i, kind: type === 'symlink' ? 'symlink' : 'other', children: undefined, owner: this.owner });
      return;
    }
    const target = this.#linkTarget(this.index.columns.linkname[i]!, path);
    if (target !== existing) setChild(parent, name, { ...target, owner: this.owner });
  }

  #linkTarget(linkname: RawPath, path: RawPath): Node {
    const slash = linkname.lastIndexOf('/');
    const parent = this.#find(slash < 0 ? '' : linkname.slice(0, slash));
    const target = parent?.children?.get(linkname.slice(slash + 1));
    if (target === undefined || target.kind === 'directory') {
      throw new CaissonError('invalid-content', `the layer's hard link ${displayPath(path)} leads to ${displayPath(linkname)}, which is not there or a folder`);
    }
    return target;
  }

  /** The folder of this path for an entry to be put into; made as needed. */
  #folder(path: RawPath): Node {
    if (path === this.#lastParent) return this.#lastNode;
    const node = this.#walk(path, true)!;
    this.#lastParent = path;
    this.#lastNode = node;
    return node;
  }

  #find(path: RawPath): Node | undefined {
    return this.#walk(path, false);
  }

  #walk(path: RawPath, create: boolean): Node | undefined {
    const stack: Node[] = [this.root];
    const pending = path === '' ? [] : path.split('/').reverse();
    let links = 0;
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (name === '' || name === '.') continue;
      if (name === '..') {
        if (stack.length > 1) stack.pop();
        continue;
      }
      const node = stack.at(-1)!;
      const child = node.children?.get(name);
      if (child?.kind === 'directory') stack.push(create ? ownedChild(node, name, child, this.owner) : child);
      else if (child?.kind === 'symlink' && child.layer === this.layer) {
        if (++links > MAX_SYMLINKS) throw new CaissonError('invalid-content', `the layer's symbolic links go in a circle at ${displayPath(path)}`);
        const target = this.index.columns.linkname[child.entry]!;
        if (target.startsWith('/')) stack.length = 1;
        pending.push(...target.split('/').reverse());
      } else if (!create) return undefined;
      else if (child !== undefined && child.layer === this.layer) {
        throw new CaissonError('invalid-content', `the layer has ${displayPath(path)} as a file and as a folder`);
      } else {
        const made = directoryNode(this.owner);
        setChild(node, name, made);
        stack.push(made);
      }
    }
    return stack.at(-1);
  }
}
