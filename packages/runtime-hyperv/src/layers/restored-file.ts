import type { BackupFiles, FileHandle } from '../win32/files.js';
import type { FileInfo } from './file-info.js';

/** A file or folder that is being restored from its backup stream, through BackupWrite. */
export class RestoredFile {
  readonly #files: BackupFiles;
  readonly #handle: FileHandle;
  readonly #restore: ReturnType<BackupFiles['restore']>;

  constructor(files: BackupFiles, path: string, info: FileInfo, kind: 'new-file' | 'folder') {
    this.#files = files;
    this.#handle = files.openForRestore(path, kind);
    try {
      files.setInfo(this.#handle, info);
      this.#restore = files.restore(this.#handle);
    } catch (error) {
      files.close(this.#handle);
      throw error;
    }
  }

  write(data: Uint8Array): void {
    this.#restore.write(data);
  }

  close(): void {
    this.#restore.end();
    this.#files.close(this.#handle);
  }
}
