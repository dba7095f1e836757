import { closeSync, fstatSync, ftruncateSync, futimesSync, linkSync, mkdirSync, rmSync, symlinkSync, writeSync } from 'node:fs';
import { CaissonError, displayPath, fromSystemError, TarReader, type RawPath, type TarEntry, type TarHandler } from '@caisson/core';
import { isName } from '../layers/layer-path.js';
import type { BackupFiles } from '../win32/files.js';
import { descriptorOf } from '../win32/handle-stream.js';
import type { Found, VolumeTree } from './volume-tree.js';

export interface TreeWriterOptions {
  /** The folder to unpack into, free of links. */
  readonly base: readonly string[];
  /** Refuses to replace a folder by a file and the other way round. */
  readonly keepTypes: boolean;
}

/**
 * Unpacks a plain tar into a folder of a container's volume: `write` its bytes, then `finish`; `close` in any case. Files get the rights that
 * their folder hands down, as docker leaves them: owners and modes mean nothing to Windows.
 */
export class TreeWriter implements TarHandler {
  readonly #tree: VolumeTree;
  /** For a second place at the same time: the other end of a hard link, or where a link leads. */
  readonly #other: VolumeTree;
  readonly #files: BackupFiles;
  readonly #options: TreeWriterOptions;
  readonly #reader = new TarReader(this);
  #file: { readonly fd: number; readonly entry: TarEntry; position: number } | undefined;

  constructor(trees: readonly [VolumeTree, VolumeTree], files: BackupFiles, options: TreeWriterOptions) {
    [this.#tree, this.#other] = trees;
    this.#files = files;
    this.#options = options;
  }

  /** @throws CaissonError `invalid-content` */
  write(data: Uint8Array): void {
    this.#reader.write(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  }

  /** @throws CaissonError `invalid-content` for an archive that is cut short */
  finish(): void {
    this.#reader.end();
  }

  close(): void {
    if (this.#file) closeSync(this.#file.fd);
    this.#file = undefined;
  }

  entry(entry: TarEntry): void {
    const names = namesOf(entry.path);
    const name = names.pop();
    // The folder that is unpacked into is there, and stays as it is.
    if (name === undefined) return;
    try {
      if (!this.#tree.enter([...this.#options.base, ...names], (location) => mkdirSync(location))) throw new CaissonError('invalid-argument', `${displayPath(entry.path)} lies below what is no folder`);
      this.#make(entry, name);
    } catch (error) {
      throw fromSystemError(error, `unpacking ${displayPath(entry.path)}`);
    }
  }

  #make(entry: TarEntry, name: string): void {
    const there = this.#tree.look(name);
    if (entry.type === 'directory' && there && this.#isFolder(there)) return;
    if (!['file', 'directory', 'symlink', 'hardlink'].includes(entry.type)) throw new CaissonError('unsupported', `${displayPath(entry.path)} is a ${entry.type}: Windows has none`);
    if (there) this.#clear(entry, there);
    const location = this.#tree.location(name);
    if (entry.type === 'directory') mkdirSync(location);
    else if (entry.type === 'symlink') symlinkSync(text(entry.linkname).replaceAll('/', '\\'), location);
    else if (entry.type === 'hardlink') linkSync(this.#linked(entry), location);
    else this.#file = { fd: descriptorOf(this.#files.createForWriting(location)), entry, position: 0 };
  }

  #isFolder({ stat, names }: Found): boolean {
    return stat.isSymbolicLink() ? this.#other.enter(names) : stat.isDirectory();
  }

  #clear(entry: TarEntry, { location, stat }: Found): void {
    const [was, is] = [stat.isDirectory(), entry.type === 'directory'];
    if (this.#options.keepTypes && was !== is)
      throw new CaissonError('invalid-argument', is ? `a folder cannot replace ${displayPath(entry.path)}, which is none` : `the folder ${displayPath(entry.path)} cannot be replaced by what is none`);
    rmSync(location, { recursive: true, force: true });
  }

  #linked(entry: TarEntry): string {
    const found = this.#other.find({ names: [...this.#options.base, ...namesOf(entry.linkname)], meansFolder: false });
    if (!found?.stat.isFile()) throw new CaissonError('invalid-content', `${displayPath(entry.path)} is linked to ${displayPath(entry.linkname)}, which is no file`);
    return found.location;
  }

  data(chunk: Buffer): void {
    const file = this.#file;
    if (!file) return;
    try {
      for (let at = 0; at < chunk.length; ) at += writeSync(file.fd, chunk, at, chunk.length - at, file.position + at);
    } catch (error) {
      throw fromSystemError(error, `unpacking ${displayPath(file.entry.path)}`);
    }
    file.position += chunk.length;
  }

  hole(length: number): void {
    if (this.#file) this.#file.position += length;
  }

  endEntry(): void {
    const file = this.#file;
    if (!file) return;
    const { fd, entry, position } = file;
    try {
      if (fstatSync(fd).size !== position) ftruncateSync(fd, position); // it ends with a hole
      const time = entry.mtime + entry.mtimeNs / 1e9;
      futimesSync(fd, time, time);
    } catch (error) {
      throw fromSystemError(error, `unpacking ${displayPath(entry.path)}`);
    } finally {
      this.close();
    }
  }
}

/** @throws CaissonError `invalid-content` for `..`, and for a name that Windows would take for another */
function namesOf(raw: RawPath): string[] {
  const names = text(raw).split('/').filter((name) => name !== '' && name !== '.');
  if (!names.every(isName)) throw new CaissonError('invalid-content', `the archive has the path ${displayPath(raw)}, which has a name that Windows cannot keep`);
  return names;
}

function text(raw: RawPath): string {
  return Buffer.from(raw, 'latin1').toString('utf8');
}
