import { lstatSync, readdirSync } from 'node:fs';
import { fsPath, joinPath, rawPath } from '../layers/raw-path.js';

/** Bytes on the disk of a folder and all that is in it, a file with several names counted once; 0 where there is none. No link is followed. */
export function folderBytes(folder: string): number {
  const linked = new Set<string>();
  let bytes = 0;
  const todo = [rawPath(folder)];
  for (let path = todo.pop(); path !== undefined; path = todo.pop()) {
    const stat = lstatSync(fsPath(path), { throwIfNoEntry: false });
    if (!stat) continue;
    if (stat.nlink > 1 && !stat.isDirectory()) {
      const inode = `${stat.dev}:${stat.ino}`;
      if (linked.has(inode)) continue;
      linked.add(inode);
    }
    bytes += stat.blocks * 512;
    if (stat.isDirectory()) todo.push(...names(path));
  }
  return bytes;
}

function names(path: string): string[] {
  try {
    return readdirSync(fsPath(path), { encoding: 'latin1' }).map((name) => joinPath(path, name));
  } catch {
    return []; // went away meanwhile
  }
}
