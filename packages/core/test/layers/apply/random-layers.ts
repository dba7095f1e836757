import { type LayerTree, rawPath } from '../../../src/layers/index.js';
import type { Item } from '../helpers.js';

const names = ['a', 'b', 'c', 'a-b', rawPath('ü'), '\xff\xfe', ' x', '.hidden'];

/** A layer with all that a file system has, for the tree of the layers below it: replaces, hides, links and adds. */
export function randomLayer(next: () => number, below: LayerTree): Item[] {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  const items = new Map<string, Item>();
  const path = (): string => Array.from({ length: 1 + Math.floor(next() * 3) }, () => pick(names)).join('/');
  const existing = [...below.walk()];
  const attributes = (): Partial<Item> => ({
    mode: pick([0o644, 0o600, 0o4755, 0o2711, 0o7777, 0o444]),
    uid: pick([0, 1000, 2_500_000]),
    gid: pick([0, 7, 3_000_000]),
    mtime: pick([0, 1_700_000_000, 1_600_000_000]),
    mtimeNs: pick([0, 1, 123_456_789]),
  });
  const isFolder = (at: string): boolean => items.get(at)?.type === 'directory' || (items.get(at) === undefined && below.lookup(at, { followSymlinks: false })?.type === 'directory');
  const parents = (at: string): string[] => at.split('/').slice(0, -1).map((_, i, parts) => parts.slice(0, i + 1).join('/'));
  const fits = (at: string): boolean => parents(at).every((parent) => items.get(parent) === undefined || items.get(parent)?.type === 'directory');
  const isAbove = (at: string): boolean => [...items.keys()].some((other) => other.startsWith(`${at}/`));
  for (let i = 0; i < 14; i++) {
    const at = next() < 0.4 && existing.length > 0 ? pick(existing).path : path();
    if (!fits(at) || items.has(at)) continue;
    const kind = next();
    const more = attributes();
    if (kind < 0.3 || isAbove(at)) items.set(at, { path: at, type: 'directory', ...more, mode: pick([0o755, 0o1777, 0o2750, 0o700]) });
    else if (kind < 0.65) items.set(at, { path: at, content: Buffer.alloc(Math.floor(next() * 6000), at), ...more, ...(next() < 0.3 ? { xattrs: new Map([['user.x', Buffer.from([0, 255, 10])]]) } : {}) });
    else if (kind < 0.75) items.set(at, { path: at, type: 'symlink', linkname: pick(['a', '../b', '/c', '\xff', 'not/there']), ...more, mode: 0o777 });
    else if (kind < 0.8) items.set(at, { path: at, type: 'fifo', ...more });
    else if (kind < 0.85) items.set(at, { path: at, type: 'char', devmajor: 1, devminor: 3 + i, ...more });
    else {
      const files = [...items.values()].filter((item) => item.type === undefined);
      if (files.length > 0) items.set(at, { path: at, type: 'hardlink', linkname: pick(files).path });
    }
  }
  const list = [...items.values()];
  // Whiteouts of what is below, and opaque folders, at any place.
  for (const { path: at } of existing) {
    const slash = at.lastIndexOf('/');
    if (next() < 0.08 && fits(at) && !isAbove(at)) list.splice(Math.floor(next() * (list.length + 1)), 0, { path: `${at.slice(0, slash + 1)}.wh.${at.slice(slash + 1)}`, mode: 0 });
    if (next() < 0.05 && isFolder(at) && fits(at)) list.splice(Math.floor(next() * (list.length + 1)), 0, { path: `${at}/.wh..wh..opq`, mode: 0 });
  }
  // A link's target comes before it.
  return [...list.filter(({ type }) => type !== 'hardlink'), ...list.filter(({ type }) => type === 'hardlink')];
}
