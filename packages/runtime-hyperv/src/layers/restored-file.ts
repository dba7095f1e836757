import type { BackupFiles, FileHandle } from '../win32/files.js';
import type { FileInfo } from './file-info.js';

/** A file or folder that is being restored from its backup stream, through BackupWrite. */
export class RestoredFile {
  readonly #files: BackupFiles;
  readonly #handle: FileHandle;
  readonly #restore: ReturnType<BackupFiles['restore']>;
  readonly #info: FileInfo;

  constructor(files: BackupFiles, path: string, info: FileInfo, kind: 'new-file' | 'folder') {
    this.#files = files;
    this.#info = info;
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
    try {
      this.#restore.end();
      // Writing may have set the times anew.
      this.#files.setInfo(this.#handle, this.#info);
    } finally {
      this.#files.close(this.#handle);
    }
  }
}
