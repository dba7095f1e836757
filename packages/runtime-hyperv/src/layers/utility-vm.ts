import { existsSync, linkSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path/win32';
import { CaissonError } from '@caisson/core';
import type { BackupFiles } from '../win32/files.js';
import { DirectoryTimes } from './directory-times.js';
import { RestoredFile } from './restored-file.js';

/** Files that the service changes in place, and that must not be shared with the parent. */
const changed: ReadonlySet<string> = new Set(['BCD', 'BCD.LOG', 'BCD.LOG1', 'BCD.LOG2'].map((name) => String.raw`UtilityVM\Files\EFI\Microsoft\Boot` + `\\${name}`.toLowerCase()).map((path) => path.toLowerCase()));

/** Gives a layer the utility VM of its parent: folders of its own, and hard links to the files. */
export function cloneUtilityVm(parent: string, layer: string, files: BackupFiles): void {
  const start = String.raw`UtilityVM\Files`;
  if (!existsSync(join(parent, start)) || lstatSync(join(parent, 'UtilityVM')).isSymbolicLink())
    throw new CaissonError('invalid-content', 'the layer changes the utility VM, and the layer below it has none');
  const times = new DirectoryTimes();
  mkdirSync(join(layer, 'UtilityVM'), { recursive: true });
  clone(start);
  times.apply(files, layer);

  function clone(path: string): void {
    const [from, to] = [join(parent, path), join(layer, path)];
    const stat = lstatSync(from);
    if (stat.isDirectory()) {
      mkdirSync(to);
      copy(from, to, 'folder');
      for (const name of readdirSync(from)) clone(`${path}\\${name}`);
    } else if (stat.isSymbolicLink() || changed.has(path.toLowerCase())) copy(from, to, 'new-file');
    else linkSync(from, to);

    if (stat.isDirectory()) {
      const handle = files.openForBackup(from);
      try {
        times.note(path, files.info(handle));
      } finally {
        files.close(handle);
      }
    }
  }

  function copy(from: string, to: string, kind: 'new-file' | 'folder'): void {
    const source = files.openForBackup(from);
    try {
      const target = new RestoredFile(files, to, files.info(source), kind);
      try {
        for (const piece of files.backup(source)) target.write(piece);
      } finally {
        target.close();
      }
    } finally {
      files.close(source);
    }
  }
}
