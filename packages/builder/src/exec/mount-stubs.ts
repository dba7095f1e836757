import { lstatSync, readdirSync, rmdirSync, unlinkSync, utimesSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { rawPath, type LayerTree } from '@caisson/core';

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

export function removeStubs(root: string, missing: readonly string[]): void {
  for (const path of missing) {
    const stats = inside(root, path);
    if (stats === undefined || stats === 'link') continue;
    const full = join(root, path);
    const parent = dirname(full);
    const before = lstatSync(parent);
    if (stats.isDirectory() && readdirSync(full).length === 0) rmdirSync(full);
    else if (stats.isFile() && stats.size === 0) unlinkSync(full);
    else continue;
    utimesSync(parent, before.atime, before.mtime);
  }
}

/** The file at a path of the root, without following any link: the step may have put links there that lead out of it. */
function inside(root: string, path: string): Stats | 'link' | undefined {
  let at = root;
  let stats: Stats | undefined;
  const parts = path.split('/').filter(Boolean);
  for (const [place, part] of parts.entries()) {
    at = join(at, part);
    stats = lstatSync(at, { throwIfNoEntry: false });
    if (!stats) return undefined;
    if (stats.isSymbolicLink()) return 'link';
    if (place < parts.length - 1 && !stats.isDirectory()) return undefined;
  }
  return stats;
}
