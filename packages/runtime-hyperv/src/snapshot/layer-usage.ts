import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SnapshotUsage } from '@caisson/core';

/** Bytes and files of a layer's folder. Those that it shares with its parent by hard links are counted once, in the parent. */
export function layerUsage(folder: string, shared = false): SnapshotUsage {
  let [bytes, inodes] = [0, 0];
  const visit = (path: string) => {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat || (shared && stat.isFile() && stat.nlink > 1)) return;
    bytes += stat.isFile() ? stat.size : 0;
    inodes++;
    if (stat.isDirectory()) for (const name of readdirSync(path)) visit(join(path, name));
  };
  visit(folder);
  return { bytes, inodes };
}
