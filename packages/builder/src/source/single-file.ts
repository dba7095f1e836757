import { digestHex, tarEntry, type Digest, type RawPath } from '@caisson/core';
import type { FileContent, SourceFile, SourceTree } from './source-tree.js';

/** A tree of one file, whose content lies in a file of the host under another name. */
export class SingleFile implements SourceTree {
  readonly name: string;
  readonly ownsMetadata = true;
  readonly #file: SourceFile;
  readonly #root: SourceFile;
  readonly #path: string;
  readonly #sha256: string;

  constructor(name: string, file: { name: RawPath; mode: number; mtime: number; size: number; path: string; digest: Digest }) {
    this.name = name;
    this.#path = file.path;
    this.#sha256 = Buffer.from(digestHex(file.digest), 'hex').toString('latin1');
    this.#root = source('', 'directory', 0o755, 0, 0);
    this.#file = source(file.name, 'file', file.mode, file.size, file.mtime);
  }

  lookup(path: RawPath): SourceFile | undefined {
    const clean = path.replace(/^\/+/, '');
    return clean === '' ? this.#root : clean === this.#file.path ? this.#file : undefined;
  }

  children(folder: SourceFile): readonly SourceFile[] {
    return folder === this.#root ? [this.#file] : [];
  }

  prepareDigests(): Promise<void> {
    return Promise.resolve();
  }

  digest(): string {
    return this.#sha256;
  }

  prepareContent(): Promise<void> {
    return Promise.resolve();
  }

  content(): FileContent {
    return { path: this.#path, offset: 0 };
  }
}

function source(path: RawPath, type: 'file' | 'directory', mode: number, size: number, mtime: number): SourceFile {
  return { ...tarEntry({ path, type, mode, size, mtime }), type, inode: undefined };
}
