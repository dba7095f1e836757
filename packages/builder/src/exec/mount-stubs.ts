import { lstatSync, readdirSync, rmdirSync, unlinkSync, type Stats } from 'node:fs';
import { posix } from 'node:path';
import { rawPath, type LayerTree, type Mount } from '@caisson/core';

/**
 * A runtime makes an empty file or folder where a mount goes and nothing is. `findMissing` tells, before the run, which these will be;
 * `removeStubs` takes them away after it, so that they do not get into the layer. What the step itself put there is kept.
 */
export function findMissing(below: LayerTree, destinations: readonly string[]): string[] {
  const missing = new Set<string>();
  for (const destination of destinations) {
    let at = '';
    for (const part of destination.split('/').filter(Boolean)) {
      at = `${at}/${part}`;
      const there = below.lookup(rawPath(at), { followSymlinks: false });
      if (there?.type === 'symlink') break;
      if (!there) missing.add(at);
    }
  }
  // The deepest first, so that folders are empty when their turn comes.
  return [...missing].sort((a, b) => b.split('/').length - a.split('/').length);
}

/**
 * `upper` is the folder that the step wrote to, not mounted any more. A folder of the layers below that is in it only since a stub was
 * made inside goes too. While a mount is on a stub its folders can be neither replaced nor renamed, so that nothing else can be in
 * their place.
 */
export function removeStubs(upper: string, missing: readonly string[], below: LayerTree): void {
  const parents = new Set<string>();
  for (const path of missing) {
    const stats = inside(upper, path);
    if (stats === undefined || stats === 'link') continue;
    const full = posix.join(upper, path);
    if (stats.isDirectory() && readdirSync(full).length === 0) rmdirSync(full);
    else if (stats.isFile() && stats.size === 0) unlinkSync(full);
    else continue;
    parents.add(posix.dirname(path));
  }
  for (const parent of parents) for (let at = parent; at !== '/' && removeUnchanged(upper, at, below); at = posix.dirname(at));
}

function removeUnchanged(upper: string, path: string, below: LayerTree): boolean {
  const stats = inside(upper, path);
  const before = below.lookup(rawPath(path), { followSymlinks: false });
  if (!stats || stats === 'link' || !stats.isDirectory() || before?.type !== 'directory') return false;
  if ((stats.mode & 0o7777) !== before.mode || stats.uid !== before.uid || stats.gid !== before.gid) return false;
  const full = posix.join(upper, path);
  if (readdirSync(full).length > 0) return false;
  rmdirSync(full);
  return true;
}

/** The folder that a snapshot's changes go to; undefined where its mounts do not say. */
export function upperFolder(mounts: readonly Mount[]): string | undefined {
  const [mount] = mounts;
  if (mounts.length !== 1 || !mount) return undefined;
  if (mount.type === 'bind') return mount.source;
  return mount.options.find((option) => option.startsWith('upperdir='))?.slice('upperdir='.length);
}

/** The file at a path of the root, without following any link: the step may have put links there that lead out of it. */
function inside(root: string, path: string): Stats | 'link' | undefined {
  let at = root;
  let stats: Stats | undefined;
  const parts = path.split('/').filter(Boolean);
  for (const [place, part] of parts.entries()) {
    at = posix.join(at, part);
    stats = lstatSync(at, { throwIfNoEntry: false });
    if (!stats) return undefined;
    if (stats.isSymbolicLink()) return 'link';
    if (place < parts.length - 1 && !stats.isDirectory()) return undefined;
  }
  return stats;
}
