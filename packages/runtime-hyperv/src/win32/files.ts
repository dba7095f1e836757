import { CaissonError } from '@caisson/core';
import { toNamespacedPath } from 'node:path/win32';
import type { FileInfo } from '../layers/file-info.js';
import { koffi, loadLibrary, type NativeFunction } from './koffi.js';
import type { LibraryPaths } from './library-paths.js';

const GENERIC_READ = 0x80000000;
const GENERIC_WRITE = 0x40000000;
const WRITE_DAC = 0x00040000;
const WRITE_OWNER = 0x00080000;
const ACCESS_SYSTEM_SECURITY = 0x01000000;
const FILE_SHARE_READ = 1;
const FILE_SHARE_WRITE = 2;
const FILE_SHARE_DELETE = 4;
const FILE_LIST_DIRECTORY = 1;
const FILE_READ_ATTRIBUTES = 0x80;
const CREATE_NEW = 1;
const OPEN_EXISTING = 3;
const FILE_FLAG_BACKUP_SEMANTICS = 0x02000000;
const FILE_FLAG_OPEN_REPARSE_POINT = 0x00200000;
const FILE_BASIC_INFO = 0;
const INVALID_HANDLE = -1n;

export type FileHandle = bigint;

/**
 * Files as backup programs see them. Only for processes that hold the privileges (see `enablePrivileges`). All calls are synchronous; each
 * throws a CaissonError with the path and Windows' own words.
 */
export class BackupFiles {
  readonly #create: NativeFunction;
  readonly #close: NativeFunction;
  readonly #setInfo: NativeFunction;
  readonly #getInfo: NativeFunction;
  readonly #write: NativeFunction;
  readonly #read: NativeFunction;
  readonly #lastError: NativeFunction;

  constructor(paths: LibraryPaths) {
    const kernel32 = loadLibrary(paths.kernel32);
    const backup = loadLibrary(paths.backup);
    this.#create = kernel32.func('int64_t CreateFileW(str16 path, uint32_t access, uint32_t share, intptr_t security, uint32_t disposition, uint32_t flags, intptr_t template)');
    this.#close = kernel32.func('int CloseHandle(int64_t handle)');
    this.#setInfo = kernel32.func('int SetFileInformationByHandle(int64_t handle, int class, uint8_t *info, uint32_t size)');
    this.#getInfo = kernel32.func('int GetFileInformationByHandleEx(int64_t handle, int class, _Out_ uint8_t *info, uint32_t size)');
    this.#lastError = kernel32.func('uint32_t GetLastError()');
    this.#write = backup.func('int BackupWrite(int64_t handle, uint8_t *data, uint32_t size, _Out_ uint32_t *written, int abort, int security, _Inout_ intptr_t *context)');
    this.#read = backup.func('int BackupRead(int64_t handle, _Out_ uint8_t *data, uint32_t size, _Out_ uint32_t *read, int abort, int security, _Inout_ intptr_t *context)');
  }

  /** A new file, or a folder that is there, with all rights that a restore needs. Links are not followed. */
  openForRestore(path: string, kind: 'new-file' | 'folder'): FileHandle {
    return this.#open(path, GENERIC_READ | GENERIC_WRITE | WRITE_DAC | WRITE_OWNER | ACCESS_SYSTEM_SECURITY, kind === 'new-file' ? CREATE_NEW : OPEN_EXISTING);
  }

  /** To change a file's times and attributes alone. */
  openForInfo(path: string): FileHandle {
    return this.#open(path, GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING);
  }

  openForBackup(path: string): FileHandle {
    return this.#open(path, GENERIC_READ | ACCESS_SYSTEM_SECURITY, OPEN_EXISTING);
  }

  /** A folder, or a link, as it is: for as long as it is open nobody can remove it, or rename it or a folder above it. */
  pin(path: string): FileHandle {
    return this.#open(path, FILE_LIST_DIRECTORY | FILE_READ_ATTRIBUTES, OPEN_EXISTING, FILE_SHARE_READ | FILE_SHARE_WRITE);
  }

  /** To read a file that others may be writing to. Links are not followed: see `info`. */
  openForReading(path: string): FileHandle {
    return this.#open(path, GENERIC_READ, OPEN_EXISTING, FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE);
  }

  /** @throws CaissonError `already-exists` where anything of that name is there, a link too */
  createForWriting(path: string): FileHandle {
    return this.#open(path, GENERIC_READ | GENERIC_WRITE, CREATE_NEW);
  }

  #open(path: string, access: number, disposition: number, share = FILE_SHARE_READ): FileHandle {
    const handle = BigInt(this.#create(toNamespacedPath(path), access >>> 0, share, 0, disposition, FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, 0) as number | bigint);
    if (handle === INVALID_HANDLE) throw this.#failed(`opening ${path}`);
    return handle;
  }

  close(handle: FileHandle): void {
    this.#close(handle);
  }

  setInfo(handle: FileHandle, info: FileInfo): void {
    const data = Buffer.alloc(40);
    data.writeBigInt64LE(info.creation, 0);
    data.writeBigInt64LE(info.access, 8);
    data.writeBigInt64LE(info.write, 16);
    data.writeBigInt64LE(info.change, 24);
    data.writeUInt32LE(info.attributes, 32);
    if (Number(this.#setInfo(handle, FILE_BASIC_INFO, data, data.length)) === 0) throw this.#failed('setting the times of a file');
  }

  info(handle: FileHandle): FileInfo {
    const data = Buffer.alloc(40);
    if (Number(this.#getInfo(handle, FILE_BASIC_INFO, data, data.length)) === 0) throw this.#failed('reading the times of a file');
    return { creation: data.readBigInt64LE(0), access: data.readBigInt64LE(8), write: data.readBigInt64LE(16), change: data.readBigInt64LE(24), attributes: data.readUInt32LE(32) };
  }

  /** A restore in parts: `write` each piece of the backup stream, then `end`. */
  restore(handle: FileHandle): { write(data: Uint8Array): void; end(): void } {
    const context: [number | bigint] = [0];
    const written: [number] = [0];
    return {
      write: (data) => {
        for (let at = 0; at < data.length; at += written[0]) {
          const part = data.subarray(at);
          if (Number(this.#write(handle, part, part.length, written, 0, 1, context)) === 0 || written[0] === 0) throw this.#failed('restoring a file');
        }
      },
      end: () => void this.#write(handle, null, 0, written, 1, 1, context),
    };
  }

  /** The whole backup stream of an open file, piece by piece; a piece is reused. */
  *backup(handle: FileHandle): Generator<Buffer, void> {
    const context: [number | bigint] = [0];
    const count: [number] = [0];
    const buffer = Buffer.allocUnsafe(1 << 16);
    try {
      for (;;) {
        if (Number(this.#read(handle, buffer, buffer.length, count, 0, 1, context)) === 0) throw this.#failed('reading a file');
        if (count[0] === 0) return;
        yield buffer.subarray(0, count[0]);
      }
    } finally {
      this.#read(handle, buffer, 0, count, 1, 1, context);
    }
  }

  #failed(doing: string): CaissonError {
    const code = Number(this.#lastError());
    const known = { 2: 'not-found', 3: 'not-found', 5: 'denied', 32: 'in-use', 80: 'already-exists', 112: 'no-space', 1314: 'denied' } as const;
    return new CaissonError(known[code as 5] ?? 'internal', `${doing} failed: Windows error ${code}`, { details: { win32: code } });
  }
}

/** koffi is loaded with the first use. */
export function openBackupFiles(paths: LibraryPaths): BackupFiles {
  koffi();
  return new BackupFiles(paths);
}
