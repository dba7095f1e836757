import { createHash } from 'node:crypto';
import { displayPath, type Digest } from '@caisson/core';
import type { SourceFile, SourceTree } from '../source/source-tree.js';
import type { Selected } from './select.js';

/** The files among what was selected, whose digests are needed. */
export function selectedFiles(selected: readonly Selected[]): SourceFile[] {
  const files: SourceFile[] = [];
  for (const { file, below } of selected) {
    if (file.type === 'file') files.push(file);
    for (const item of below) if (item.file.type === 'file') files.push(item.file);
  }
  return files;
}

const chunk = 256 * 1024;

/**
 * Names what was selected by all that can end up in the image: names, types, modes, contents, link targets, and which names are one
 * file. Never times or, for the context, owners. The digests must have been taken.
 */
export function contentDigest(tree: SourceTree, selected: readonly Selected[]): Digest {
  const hasher = createHash('sha256');
  const buffer = Buffer.allocUnsafe(chunk);
  const inodes = new Map<string, number>();
  let used = 0;
  const text = (value: string) => {
    if (used + value.length + 64 > chunk) {
      hasher.update(buffer.subarray(0, used));
      used = 0;
    }
    used += buffer.write(value, used, 'latin1');
  };
  const add = (path: string, file: SourceFile) => {
    const same = file.inode === undefined ? '' : number(inodes, file.inode);
    const owner = tree.ownsMetadata ? `${file.uid}:${file.gid}:${file.mtime}.${file.mtimeNs}` : '';
    text(`${path}\0${file.type}\0${file.mode}\0${file.linkname}\0${same}\0${owner}\0${file.devmajor}:${file.devminor}\0`);
    if (file.type === 'file') used += buffer.write(tree.digest(file), used, 'latin1');
  };
  for (const { file, name, below } of selected) {
    // A folder's own name and mode do not get into the image: its contents do.
    if (file.type === 'directory') text('\0folder\0');
    else add(name, file);
    for (const item of below) add(item.onTheWay ? `${item.path}\0` : item.path, item.file);
  }
  hasher.update(buffer.subarray(0, used));
  return `sha256:${hasher.digest('hex')}`;
}

/** Inodes by the order in which they are met: their numbers differ from host to host. */
function number(inodes: Map<string, number>, inode: string): number {
  const known = inodes.get(inode);
  if (known !== undefined) return known;
  inodes.set(inode, inodes.size);
  return inodes.size - 1;
}

/** The same, file by file, for telling which of them changed: a line each, of path, NUL and what names its state. Paths have no control characters. */
export function fileStates(sources: readonly { readonly tree: SourceTree; readonly selected: readonly Selected[] }[]): Buffer {
  const pieces: Buffer[] = [];
  let lines = '';
  const add = (tree: SourceTree, file: SourceFile) => {
    const content = file.type === 'file' ? Buffer.from(tree.digest(file).slice(0, 12), 'latin1').toString('base64url') : displayPath(file.linkname);
    lines += `${displayPath(file.path)}\0${file.type[0]}${file.mode.toString(8)} ${content}\n`;
    if (lines.length < chunk) return;
    pieces.push(Buffer.from(lines));
    lines = '';
  };
  for (const { tree, selected } of sources)
    for (const { file, below } of selected) {
      if (file.type !== 'directory') add(tree, file);
      for (const item of below) add(tree, item.file);
    }
  return Buffer.concat([...pieces, Buffer.from(lines)]);
}
