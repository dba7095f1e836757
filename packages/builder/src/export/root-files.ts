import { tarEntry, type LayerTree, type TarEntry } from '@caisson/core';
import type { LayerFiles } from '../source/layer-source.js';
import { LayerSource } from '../source/layer-source.js';
import type { PlannedEntry } from '../copy/layer-plan.js';

/** All files of a root file system as entries of one archive, in tree order, hard links as such. Their contents are ready to be read. */
export async function rootEntries(tree: LayerTree, files: LayerFiles, signal: AbortSignal): Promise<PlannedEntry[]> {
  const source = new LayerSource('the image', tree, files);
  const all = [...tree.walk('')];
  await source.prepareDigests(all, signal);
  await source.prepareContent(all, signal);
  const first = new Map<string, string>();
  return all.map((file): PlannedEntry => {
    const { path, type, mode, uid, gid, size, mtime, mtimeNs, linkname, devmajor, devminor, xattrs } = file;
    const entry: TarEntry = tarEntry({ path, type, mode, uid, gid, size, mtime, mtimeNs, linkname, devmajor, devminor, xattrs });
    if (type !== 'file') return { entry };
    const target = first.get(file.inode);
    if (target !== undefined) return { entry: { ...entry, type: 'hardlink', size: 0, linkname: target, xattrs: undefined } };
    first.set(file.inode, path);
    return { entry, from: { tree: source, file } };
  });
}
