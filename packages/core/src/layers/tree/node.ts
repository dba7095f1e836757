import type { RawPath } from '../raw-path.js';

/**
 * One name in the merged view. `layer` and `entry` say which line of which layer's index describes the file; hard links share them. A
 * folder that no layer describes has `layer` -1. `owner` is the tree version that may change the node: others copy it first, so that
 * a tree and the one grown from it share what did not change.
 */
export interface Node {
  layer: number;
  entry: number;
  kind: NodeKind;
  children: Map<RawPath, Node> | undefined;
  owner: object;
}

export type NodeKind = 'directory' | 'symlink' | 'other';

export function directoryNode(owner: object): Node {
  return { layer: -1, entry: -1, kind: 'directory', children: undefined, owner };
}

/** The child, as one that may be changed. `parent` must be one already. */
export function ownedChild(parent: Node, name: RawPath, child: Node, owner: object): Node {
  if (child.owner === owner) return child;
  const copy: Node = { ...child, children: child.children === undefined ? undefined : new Map(child.children), owner };
  setChild(parent, name, copy);
  return copy;
}

export function setChild(parent: Node, name: RawPath, child: Node): void {
  parent.children ??= new Map();
  parent.children.set(name, child);
}
