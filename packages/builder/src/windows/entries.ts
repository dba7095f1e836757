import { tarEntry, type TarEntry } from '@caisson/core';
import type { PlannedEntry } from '../copy/layer-plan.js';
import { securityDescriptor } from './security-descriptor.js';

const attributes: Readonly<Partial<Record<TarEntry['type'], number>>> = { directory: 0x10, file: 0x20, symlink: 0x400 };

/**
 * Entries of a layer of a Windows image, with what Windows needs to know of each: attributes, creation time, and a security descriptor.
 * Modes, owners and xattrs mean nothing there. The folders `Files` and `Hives` are in every layer.
 */
export function windowsEntries(entries: readonly PlannedEntry[], owner: string | undefined, time: number): PlannedEntry[] {
  if (entries.length === 0) return [];
  const files = entries.some(({ entry }) => entry.path === 'Files') ? [] : [folder('Files', time)];
  return [...files, ...entries, folder('Hives', time)].map((planned) => ({ ...planned, entry: windowsEntry(planned.entry, owner) }));
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
