import { lstatSync, readdirSync } from 'node:fs';
import type { SnapshotUsage } from '@caisson/core';

/** Space and files of a folder, a file with several names counted once. */
export function usageOf(folder: string): SnapshotUsage {
  const linked = new Set<string>();
  let bytes = 0;
  let inodes = 0;
  const todo: Buffer[] = [Buffer.from(folder)];
  for (let path = todo.pop(); path !== undefined; path = todo.pop()) {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (!stat) continue; // went away meanwhile
    if (stat.nlink > 1 && !stat.isDirectory()) {
      const identity = `${stat.dev}:${stat.ino}`;
      if (linked.has(identity)) continue;
      linked.add(identity);
    }
    inodes++;
    bytes += stat.blocks * 512;
    if (stat.isDirectory()) for (const name of readdirSync(path, { encoding: 'buffer' })) todo.push(Buffer.concat([path, Buffer.from('/'), name]));
  }
  return { bytes, inodes };
}
