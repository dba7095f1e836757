import { closeSync, openSync } from 'node:fs';
import { basename } from 'node:path/posix';
import { CaissonError, decompress } from '@caisson/core';
import type { FilesRequest, FilesStat } from '../layers/work/layer-request.js';
import { writeAll } from '../layers/work/write-all.js';
import type { BackupFiles } from '../win32/files.js';
import { modeOf, TreeReader } from './tree-reader.js';
import { TreeWriter } from './tree-writer.js';
import { volumePath } from './volume-path.js';
import { VolumeTree, type Found } from './volume-tree.js';

/** What the child does with the files of a container whose volume is mounted. Nothing outside of the volume is read or written. */
export async function filesWork(request: FilesRequest, files: BackupFiles, bytes: AsyncIterable<Uint8Array>): Promise<FilesStat | undefined> {
  using tree = new VolumeTree(request.volume, files);
  if (request.action === 'write') return await write(request, tree, files, bytes); // awaited here: the tree is given back when this function returns
  const found = tree.find(volumePath(request.path));
  if (!found) throw new CaissonError('not-found', `there is no ${request.path} in container ${request.container}`);
  const stat = statOf(tree, found, request.path);
  if (request.action === 'read') read(request, tree, files, stat.name);
  return stat;
}

function statOf(tree: VolumeTree, found: Found, path: string): FilesStat {
  const { stat } = found;
  const name = basename(path.replaceAll('\\', '/').replace(/^\/?[a-z]:(?=\/|$)/i, '').replace(/(?<=[^/])\/+$/, ''));
  const target = stat.isSymbolicLink() ? tree.follow(found) : undefined;
  return { name: name === '' || name === '..' ? '/' : name, size: stat.size, mode: modeOf(stat), modified: stat.mtimeMs, linkTarget: target ? `/${target.names.join('/')}` : '' };
}

function read({ path, target }: Extract<FilesRequest, { action: 'read' }>, tree: VolumeTree, files: BackupFiles, name: string): void {
  // Looking where a link leads has moved on: found anew.
  const found = tree.find(volumePath(path));
  if (!found) return;
  const fd = openSync(target, 'wx');
  try {
    new TreeReader(tree, files, (data) => writeAll(fd, data)).archive(found, name);
  } finally {
    closeSync(fd);
  }
}

async function write({ path, container, keepTypes, volume }: Extract<FilesRequest, { action: 'write' }>, tree: VolumeTree, files: BackupFiles, bytes: AsyncIterable<Uint8Array>): Promise<undefined> {
  const { names } = volumePath(path);
  if (!tree.enter(names)) {
    const there = tree.find({ names, meansFolder: false });
    throw there ? new CaissonError('invalid-argument', `${path} in container ${container} is no folder`) : new CaissonError('not-found', `there is no folder ${path} in container ${container}`);
  }
  using other = new VolumeTree(volume, files);
  const writer = new TreeWriter([tree, other], files, { base: tree.names, keepTypes });
  try {
    for await (const chunk of decompress(bytes, 'auto')) writer.write(chunk);
    writer.finish();
  } finally {
    writer.close();
  }
}
