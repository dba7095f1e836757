import { chmodSync, closeSync, linkSync, lstatSync, lutimesSync, mkdirSync, openSync, readdirSync, readSync, rmSync, symlinkSync, writeSync, lchownSync } from 'node:fs';
import { CaissonError, displayPath, fromSystemError, fsPath, makeFolder, rawPath, type RawPath, type TarEntry } from '@caisson/core';
import type { PlannedEntry } from '../copy/layer-plan.js';
import type { FileContent } from '../source/source-tree.js';

/**
 * Writes files below a folder of the host, over what is there. What is in the way of a file or folder is removed; links that are there
 * are never followed. With `deleteOthers`, what the build did not make goes. Owners are set by root only; devices are left out.
 * @throws CaissonError `no-space`, `denied`
 */
export function writeLocal(destination: string, entries: readonly PlannedEntry[], deleteOthers: boolean): void {
  const root = rawPath(destination);
  try {
    makeFolder(destination);
    if (deleteOthers) removeOthers(root, new Set(entries.map(({ entry }) => entry.path)));
    for (const planned of entries) write(root, planned);
    // Folders get their modes and times when nothing is written into them any more.
    for (const { entry } of entries.toReversed()) if (entry.type === 'directory') finish(fsPath(`${root}/${entry.path}`), entry);
  } catch (error) {
    throw error instanceof CaissonError ? error : fromSystemError(error, `writing to ${destination}`, destination);
  }
}

function write(root: RawPath, planned: PlannedEntry): void {
  const { entry } = planned;
  const path = fsPath(`${root}/${entry.path}`);
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (entry.type === 'directory') {
    if (there?.isDirectory()) return;
    if (there) rmSync(path, { force: true });
    mkdirSync(path, { mode: 0o755 });
    return;
  }
  if (there) rmSync(path, { recursive: true, force: true });
  switch (entry.type) {
    case 'file':
      writeFile(path, entry, planned.from?.tree.content(planned.from.file));
      break;
    case 'symlink':
      symlinkSync(fsPath(entry.linkname), path);
      break;
    case 'hardlink':
      linkSync(fsPath(`${root}/${entry.linkname}`), path);
      return;
    default:
      return;
  }
  finish(path, entry);
}

function writeFile(path: string | Buffer, entry: TarEntry, content: FileContent | undefined): void {
  const to = openSync(path, 'wx', 0o600);
  try {
    if (!content) return;
    const from = openSync(content.path, 'r');
    try {
      const buffer = Buffer.allocUnsafe(Math.min(1024 * 1024, Math.max(entry.size, 1)));
      const pieces = content.sparse ?? [0, entry.size];
      let offset = content.offset;
      for (let i = 0; i < pieces.length; i += 2) {
        const [start = 0, length = 0] = [pieces[i], pieces[i + 1]];
        for (let done = 0; done < length; ) {
          const count = readSync(from, buffer, 0, Math.min(buffer.length, length - done), offset + done);
          if (count === 0) throw new CaissonError('corrupt', `the content of ${displayPath(entry.path)} is cut short`);
          for (let at = 0; at < count; ) at += writeSync(to, buffer, at, count - at, start + done + at);
          done += count;
        }
        offset += length;
      }
    } finally {
      closeSync(from);
    }
  } finally {
    closeSync(to);
  }
}

function finish(path: string | Buffer, entry: TarEntry): void {
  if (process.getuid?.() === 0) lchownSync(path, entry.uid, entry.gid);
  if (entry.type !== 'symlink') chmodSync(path, entry.mode);
  lutimesSync(path, entry.mtime, entry.mtime + entry.mtimeNs / 1e9);
}

function removeOthers(root: RawPath, wanted: ReadonlySet<RawPath>): void {
  const visit = (folder: RawPath): void => {
    for (const name of readdirSync(fsPath(`${root}/${folder}`), 'latin1')) {
      const path = folder === '' ? name : `${folder}/${name}`;
      const host = fsPath(`${root}/${path}`);
      if (!wanted.has(path)) rmSync(host, { recursive: true, force: true });
      else if (lstatSync(host).isDirectory()) visit(path);
    }
  };
  visit('');
}
