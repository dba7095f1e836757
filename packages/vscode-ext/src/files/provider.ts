import { EventEmitter, FileChangeType, FileSystemError, FileType, type Disposable, type FileChangeEvent, type FileStat, type FileSystemProvider, type Uri } from 'vscode';
import { isCaissonError } from '@caisson/core';
import type { FileEntry } from './entry.js';

/** What is under one URI: the part of a file system that images and containers have in common. */
export interface Files {
  list(path: string): Promise<readonly FileEntry[]>;
  stat(path: string): Promise<FileEntry>;
  read(path: string): Promise<Uint8Array>;
  readonly write?: (path: string, content: Uint8Array) => Promise<void>;
  readonly createFolder?: (path: string) => Promise<void>;
  readonly remove?: (path: string, recursive: boolean) => Promise<void>;
  readonly rename?: (from: string, to: string) => Promise<void>;
}

/** Whose files a URI names, and which; undefined for nobody's. */
export type Resolve = (uri: Uri) => Promise<{ readonly files: Files; readonly path: string } | undefined>;

/** Files of images and containers for the editor. Nothing is watched: whoever changes something through it is told. */
export class EngineFileSystem implements FileSystemProvider, Disposable {
  readonly #resolve: Resolve;
  readonly #changed = new EventEmitter<FileChangeEvent[]>();
  readonly onDidChangeFile = this.#changed.event;

  constructor(resolve: Resolve) {
    this.#resolve = resolve;
  }

  watch(): Disposable {
    return { dispose: () => {} };
  }

  stat(uri: Uri): Promise<FileStat> {
    return this.#on(uri, async (files, path) => {
      const { type, size, modified } = path === '/' || path === '' ? rootEntry : await files.stat(path);
      return { type: types[type], size, ctime: modified, mtime: modified };
    });
  }

  readDirectory(uri: Uri): Promise<[string, FileType][]> {
    return this.#on(uri, async (files, path) => (await files.list(path)).map((entry) => [entry.name, types[entry.type]]));
  }

  readFile(uri: Uri): Promise<Uint8Array> {
    return this.#on(uri, (files, path) => files.read(path));
  }

  writeFile(uri: Uri, content: Uint8Array): Promise<void> {
    return this.#change(uri, FileChangeType.Changed, (files, path) => (files.write ?? refuse(uri))(path, content));
  }

  createDirectory(uri: Uri): Promise<void> {
    return this.#change(uri, FileChangeType.Created, (files, path) => (files.createFolder ?? refuse(uri))(path));
  }

  delete(uri: Uri, { recursive }: { readonly recursive: boolean }): Promise<void> {
    return this.#change(uri, FileChangeType.Deleted, (files, path) => (files.remove ?? refuse(uri))(path, recursive));
  }

  async rename(from: Uri, to: Uri): Promise<void> {
    const target = await this.#resolve(to);
    await this.#change(from, FileChangeType.Deleted, (files, path) => (files.rename ?? refuse(from))(path, target?.path ?? ''));
    this.#changed.fire([{ type: FileChangeType.Created, uri: to }]);
  }

  dispose(): void {
    this.#changed.dispose();
  }

  async #change(uri: Uri, type: FileChangeType, what: (files: Files, path: string) => Promise<void>): Promise<void> {
    await this.#on(uri, what);
    this.#changed.fire([{ type, uri }]);
  }

  async #on<T>(uri: Uri, what: (files: Files, path: string) => Promise<T>): Promise<T> {
    try {
      const found = await this.#resolve(uri);
      if (found === undefined) throw FileSystemError.FileNotFound(uri);
      return await what(found.files, found.path);
    } catch (error) {
      throw asFileError(error, uri);
    }
  }
}

const types = { file: FileType.File, folder: FileType.Directory, link: FileType.SymbolicLink, other: FileType.Unknown } as const;
const rootEntry: FileEntry = { name: '', type: 'folder', size: 0, modified: 0 };

function refuse(uri: Uri): never {
  throw FileSystemError.NoPermissions(uri);
}

function asFileError(error: unknown, uri: Uri): unknown {
  if (isCaissonError(error, 'not-found')) return FileSystemError.FileNotFound(uri);
  if (isCaissonError(error, 'denied', 'read-only')) return FileSystemError.NoPermissions(error.message);
  return isCaissonError(error) ? new FileSystemError(error.message) : error;
}
