import { closeSync, ftruncateSync } from 'node:fs';
import { CaissonError, fromSystemError, isCaissonError, systemCode } from '../../errors.js';
import type { TarEntry } from '../entry.js';
import { classify, type Classified } from '../index/layer-entry.js';
import { displayPath } from '../raw-path.js';
import type { TarHandler } from '../tar/reader.js';
import { withoutZeros } from '../zeros.js';
import { writeAll } from './copy-file.js';
import type { ExtractOptions } from './options.js';
import { ExtractTarget, type Place } from './target.js';

/**
 * Unpacks what a TarReader tells it of into a folder: feed it, then `finish`; after a throw, `abort`. What was unpacked by then stays and
 * is for the caller to remove. Throws CaissonError: `invalid-content` for entries that no layer may have, `no-space`, `denied` and so on
 * for what the file system says.
 */
export class Extractor implements TarHandler {
  readonly #options: ExtractOptions;
  readonly #target: ExtractTarget;
  #file: { readonly fd: number; readonly entry: TarEntry; readonly place: Place; position: number; sparse: boolean } | undefined;

  constructor(root: string, options: ExtractOptions) {
    this.#options = options;
    try {
      this.#target = new ExtractTarget(root, options);
    } catch (error) {
      throw fromSystemError(error, `opening ${root}`);
    }
  }

  /** `meaning` spares classifying the entry again. */
  entry(entry: TarEntry, _offset?: number, _sparse?: unknown, meaning: Classified | undefined = classify(entry)): void {
    if (meaning === undefined) {
      this.#options.onSkipped?.(entry.path, 'it is a record of aufs');
      return;
    }
    this.#guard(entry, () => this.#make(entry, meaning));
  }

  data(chunk: Buffer): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#guard(file.entry, () => {
      const left = withoutZeros(chunk, (from, to) => {
        if (from > 0) file.sparse = true;
        writeAll(file.fd, to - from === chunk.length ? chunk : chunk.subarray(from, to), file.sparse ? file.position + from : null);
      });
      if (left) file.sparse = true;
    });
    file.position += chunk.length;
  }

  hole(length: number): void {
    if (this.#file === undefined) return;
    this.#file.sparse = true;
    this.#file.position += length;
  }

  endEntry(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#file = undefined;
    const { fd, entry, place } = file;
    try {
      this.#guard(entry, () => {
        if (file.sparse) ftruncateSync(fd, entry.size);
        this.#target.attributes.set(entry, place.path, { location: place.location, fd, madeWith: entry.mode & 0o777, inSetgid: place.folder.setgid }, true);
      });
    } finally {
      closeSync(fd);
    }
  }

  finish(): void {
    try {
      this.#target.finish();
    } catch (error) {
      throw fromSystemError(error, 'unpacking a layer');
    }
  }

  /** Closes what is open, after a failure. */
  abort(): void {
    if (this.#file !== undefined) closeSync(this.#file.fd);
    this.#file = undefined;
    try {
      this.#target.close();
    } catch {
      // What failed before is what the caller is told.
    }
  }

  #make(entry: TarEntry, { type, path, linkname }: Classified): void {
    const target = this.#target;
    switch (type) {
      case 'file': {
        const place = target.place(path);
        this.#file = { fd: target.createFile(place, entry.mode), entry, place, position: 0, sparse: false };
        return;
      }
      case 'directory':
        return target.directory(path, entry);
      case 'symlink':
        return target.symlink(target.place(path), entry);
      case 'hardlink':
        return target.hardlink(target.place(path), linkname);
      case 'whiteout':
      case 'opaque':
        return target.hide(path, type === 'opaque');
      default:
        this.#makeNode(target.place(path), entry, type);
    }
  }

  #makeNode(place: Place, entry: TarEntry, type: 'char' | 'block' | 'fifo'): void {
    const { devices = this.#target.attributes.isRoot, mode, onSkipped } = this.#options;
    if (type !== 'fifo' && !devices) return onSkipped?.(place.path, 'device nodes may not be made here');
    if (type === 'char' && mode === 'overlay' && entry.devmajor === 0 && entry.devminor === 0) {
      return onSkipped?.(place.path, 'overlayfs would take the device 0/0 for a whiteout');
    }
    try {
      this.#target.node(place, entry, type);
    } catch (error) {
      // In a user namespace, and on file systems mounted so.
      if (systemCode(error) !== 'EPERM') throw error;
      onSkipped?.(place.path, 'the kernel does not let it be made here');
    }
  }

  #guard(entry: TarEntry, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (isCaissonError(error)) throw error;
      const code = systemCode(error);
      if (code === 'ENAMETOOLONG' || code === 'EINVAL' || code === 'EILSEQ') {
        throw new CaissonError('invalid-content', `the file system does not take ${displayPath(entry.path)} (${code})`, { cause: error });
      }
      throw fromSystemError(error, `unpacking ${displayPath(entry.path)}`);
    }
  }
}
