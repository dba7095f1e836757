import { join } from 'node:path/win32';
import type { BackupFiles } from '../win32/files.js';
import type { FileInfo } from './file-info.js';

/** Times of folders, which change whenever something is put into them: noted when they are made, and set once all is there. */
export class DirectoryTimes {
  readonly #noted: [string, FileInfo][] = [];

  note(path: string, info: FileInfo): void {
    this.#noted.push([path, info]);
  }

  /** Folders come after what is in them. */
  apply(files: BackupFiles, root: string): void {
    for (const [path, info] of this.#noted.toReversed()) {
      const handle = files.openForInfo(join(root, path));
      try {
        files.setInfo(handle, info);
      } finally {
        files.close(handle);
      }
    }
  }
}
