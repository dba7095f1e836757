import { parentPath, tarEntry, type RawPath, type TarEntry } from '@caisson/core';
import type { PlannedEntry } from '../copy/layer-plan.js';
import { securityDescriptor } from './security-descriptor.js';

const attributes: Readonly<Partial<Record<TarEntry['type'], number>>> = { directory: 0x10, file: 0x20, symlink: 0x400 };

/**
 * Entries of a layer of a Windows image, with what Windows needs to know of each: attributes, creation time, and a security descriptor.
 * Modes, owners and xattrs mean nothing there. Each folder on the way is in the layer, whether a layer below has it or not, and so are the
 * folders `Files` and `Hives`: Windows takes in nothing without its folder.
 */
export function windowsEntries(entries: readonly PlannedEntry[], owner: string | undefined, time: number): PlannedEntry[] {
  if (entries.length === 0) return [];
  return [...withFolders(entries, time), folder('Hives', time)].map((planned) => ({ ...planned, entry: windowsEntry(planned.entry, owner) }));
}

function withFolders(entries: readonly PlannedEntry[], time: number): PlannedEntry[] {
  const seen = new Set<RawPath>();
  return entries.flatMap((planned) => {
    const missing: PlannedEntry[] = [];
    for (let path = parentPath(planned.entry.path); path !== '' && !seen.has(path); path = parentPath(path)) {
      seen.add(path);
      missing.unshift(folder(path, time));
    }
    seen.add(planned.entry.path);
    return [...missing, planned];
  });
}

function folder(path: string, mtime: number): PlannedEntry {
  return { entry: tarEntry({ path, type: 'directory', mtime }) };
}

function windowsEntry(entry: TarEntry, owner: string | undefined): TarEntry {
  const plain = { ...entry, mode: entry.type === 'directory' ? 0o755 : 0o644, uid: 0, gid: 0, xattrs: undefined };
  if (entry.type === 'hardlink') return plain;
  const records = new Map([
    ['MSWINDOWS.fileattr', String(attributes[entry.type] ?? 0x20)],
    ['LIBARCHIVE.creationtime', entry.mtimeNs === 0 ? String(entry.mtime) : `${entry.mtime}.${String(entry.mtimeNs).padStart(9, '0')}`],
  ]);
  if (entry.type !== 'symlink') records.set('MSWINDOWS.rawsd', securityDescriptor(entry.type === 'directory' ? 'directory' : 'file', owner).toString('base64'));
  return { ...plain, windows: records };
}
