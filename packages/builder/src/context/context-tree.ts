import { lstatSync, readdirSync, readlinkSync, realpathSync, type Stats } from 'node:fs';
import { CaissonError, compareBytes, displayPath, fromSystemError, fsPath, isAscii, joinPath, rawPath, systemCode, type Digest, type RawPath } from '@caisson/core';
import type { FileContent, SourceFile, SourceTree } from '../source/source-tree.js';
import type { DigestCache } from './digest-cache.js';
import { hashFiles } from './hash-files.js';
import type { WalkRecords } from './walk-records.js';
import { ignoreNothing, type IgnoreFilter } from './ignore-filter.js';

/** A file of the context. One class for all, so that a walk of many stays cheap. */
export class ContextFile implements SourceFile {
  // On the prototype, since they are the same for all of what may be many.
  declare readonly uid: number;
  declare readonly gid: number;
  declare readonly mtime: number;
  declare readonly mtimeNs: number;
  declare readonly devmajor: number;
  declare readonly devminor: number;
  declare readonly xattrs: undefined;
  linkname: RawPath = '';
  sha256: string | undefined;
  listed: readonly ContextFile[] | undefined;

  constructor(
    readonly path: RawPath,
    readonly type: SourceFile['type'],
    readonly mode: number,
    readonly size: number,
    readonly inode: string | undefined,
    readonly dev: number,
    readonly ino: number,
    readonly mtimeMs: number,
    readonly ctimeMs: number,
  ) {}

  static {
    Object.assign(this.prototype, { uid: 0, gid: 0, mtime: 0, mtimeNs: 0, devmajor: 0, devminor: 0, xattrs: undefined });
  }
}

/** What is kept of a folder from build to build. */
export interface ContextMemory {
  /** Loaded when a digest is first asked for. */
  digests(): DigestCache;
  readonly walks: WalkRecords;
  /** What is left out of the folder: other walks for other texts. */
  readonly ignore: string;
}

/**
 * A folder of the host as a source of files. Only what is asked for is looked at, once, with synchronous calls, which on a walk of
 * many small files are several times faster than asynchronous ones.
 *
 * Owners, times and extended attributes of the files are left out, since they differ from checkout to checkout: files belong to root.
 * Sockets cannot be in an image and are passed over.
 */
export class ContextTree implements SourceTree {
  readonly name: string;
  readonly ownsMetadata = false;
  readonly root: RawPath;
  readonly #ignore: IgnoreFilter;
  readonly #memory: ContextMemory | undefined;
  readonly #begun = Date.now();
  /** All that was looked at; undefined once something was not there. */
  #seen: ContextFile[] | undefined = [];
  readonly #folders = new Map<RawPath, ContextFile>();

  constructor(folder: string, options: { name?: string; ignore?: IgnoreFilter; memory?: ContextMemory } = {}) {
    this.name = options.name ?? 'the build context';
    this.#ignore = options.ignore ?? ignoreNothing;
    this.#memory = options.memory;
    this.root = rawPath(realFolder(folder, this.name));
  }

  lookup(path: RawPath): ContextFile | undefined {
    const done: RawPath[] = [];
    const pending = path.split('/').reverse();
    let links = 0;
    let file: ContextFile | undefined = this.#stat('');
    for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
      if (part === '' || part === '.') continue;
      if (part === '..') {
        if (done.length === 0) throw this.#leads(path, 'outside');
        done.pop();
        file = this.#stat(done.join('/'));
        continue;
      }
      if (file?.type !== 'directory') return undefined;
      done.push(part);
      file = this.#visible(done.join('/'));
      if (file?.type !== 'symlink') continue;
      if (++links > 40) throw this.#leads(path, 'in a circle of symbolic links');
      if (file.linkname.startsWith('/')) throw this.#leads(file.path, 'outside', file.linkname);
      // A link out of the context and into it again would make the result depend on where the context lies.
      done.pop();
      let depth = done.length;
      for (const step of file.linkname.split('/')) {
        if (step === '..' && --depth < 0) throw this.#leads(file.path, 'outside', file.linkname);
        if (step !== '..' && step !== '.' && step !== '') depth++;
      }
      pending.push(...file.linkname.split('/').reverse());
      file = this.#stat(done.join('/'));
    }
    return file;
  }

  children(folder: SourceFile): readonly ContextFile[] {
    const at = folder as ContextFile;
    return (at.listed ??= this.#list(at));
  }

  async prepareDigests(files: readonly SourceFile[], signal: AbortSignal | undefined): Promise<void> {
    const digests = this.#memory?.digests();
    const missing: ContextFile[] = [];
    for (const file of files as readonly ContextFile[]) {
      if (file.sha256 || file.type !== 'file') continue;
      file.sha256 = digests?.get(file);
      if (!file.sha256) missing.push(file);
    }
    await hashFiles(missing, (file) => this.#hostPath(file.path), signal, (file, readAt) => {
      if (file.sha256) digests?.put(file, file.sha256, readAt);
    });
  }

  digest(file: SourceFile): string {
    const { sha256 } = file as ContextFile;
    if (!sha256) throw new CaissonError('internal', `no digest was taken of ${displayPath(file.path)}`);
    return sha256;
  }

  recall(selection: string): Digest | undefined {
    return this.#memory?.walks.find(this.root, `${this.#memory.ignore}\0${selection}`);
  }

  remember(selection: string, digest: Digest): void {
    if (this.#memory && this.#seen) this.#memory.walks.save(this.root, `${this.#memory.ignore}\0${selection}`, this.#seen, digest, this.#begun);
  }

  prepareContent(): Promise<void> {
    return Promise.resolve();
  }

  content(file: SourceFile): FileContent {
    return { path: this.#hostPath(file.path), offset: 0, state: file as ContextFile };
  }

  #hostPath(path: RawPath): string | Buffer {
    return fsPath(path === '' ? this.root : `${this.root}/${path}`);
  }

  #list(folder: ContextFile): ContextFile[] {
    let names: string[];
    try {
      names = readdirSync(this.#hostPath(folder.path), 'latin1');
    } catch (error) {
      throw fromSystemError(error, `reading ${this.#show(folder.path)}`);
    }
    names.sort(compareBytes);
    const found: ContextFile[] = [];
    for (const name of names) {
      const file = this.#visible(joinPath(folder.path, name));
      if (file) found.push(file);
    }
    return found;
  }

  /** Undefined for what is not there, is left out, or can be in no image. */
  #visible(path: RawPath): ContextFile | undefined {
    const ignored = this.#ignore !== ignoreNothing && this.#ignore.ignores(text(path));
    if (ignored && !this.#ignore.mayReinclude(text(path))) return undefined;
    const file = this.#stat(path);
    if (!file || !ignored) return file;
    // A left-out folder is there only for what is taken in again below it.
    return file.type === 'directory' && this.children(file).length > 0 ? file : undefined;
  }

  #stat(path: RawPath): ContextFile | undefined {
    const known = this.#folders.get(path);
    if (known) return known;
    const host = this.#hostPath(path);
    let stats: Stats | undefined;
    try {
      stats = lstatSync(host, { throwIfNoEntry: false });
    } catch (error) {
      if (systemCode(error) === 'ENOTDIR') return undefined;
      throw fromSystemError(error, `looking at ${this.#show(path)}`);
    }
    if (!stats) this.#seen = undefined;
    const type = stats && typeOf(stats);
    if (!stats || !type) return undefined;
    const inode = type === 'file' && stats.nlink > 1 ? `${stats.dev}:${stats.ino}` : undefined;
    const file = new ContextFile(path, type, modeOf(stats, type), type === 'file' ? stats.size : 0, inode, stats.dev, stats.ino, stats.mtimeMs, stats.ctimeMs);
    if (type === 'symlink') {
      file.linkname = readlinkSync(host, 'latin1');
      if (process.platform === 'win32') file.linkname = file.linkname.replaceAll('\\', '/');
    }
    this.#seen?.push(file);
    // Folders are asked for again and again, and hold their lists.
    if (type === 'directory') this.#folders.set(path, file);
    return file;
  }

  #leads(path: RawPath, where: string, target?: RawPath): CaissonError {
    const link = target === undefined ? '' : ` (it is a symbolic link to ${displayPath(target)})`;
    return new CaissonError('invalid-argument', `${displayPath(path)} leads ${where}${where === 'outside' ? ` ${this.name}` : ''}${link}`, {
      ...(where === 'outside' ? { hint: 'a build sees only what lies in its context: move it there, or give the folder with --build-context' } : {}),
    });
  }

  #show(path: RawPath): string {
    return `${displayPath(path) || '.'} in ${this.name}`;
  }
}

function typeOf(stats: Stats): SourceFile['type'] | undefined {
  // The type bits of st_mode, which one call each would look at again and again.
  switch (stats.mode & 0o170000) {
    case 0o100000:
      return 'file';
    case 0o040000:
      return 'directory';
    case 0o120000:
      return 'symlink';
    case 0o010000:
      return 'fifo';
    default:
      return undefined;
  }
}

/** Windows has no permissions of this kind: files are what docker makes of them there. */
function modeOf(stats: Stats, type: SourceFile['type']): number {
  if (type === 'symlink') return 0o777;
  return process.platform === 'win32' ? 0o755 : stats.mode & 0o7777;
}

function text(path: RawPath): string {
  return isAscii(path) ? path : Buffer.from(path, 'latin1').toString('utf8');
}

function realFolder(folder: string, name: string): string {
  try {
    const real = realpathSync(folder);
    if (lstatSync(real).isDirectory()) return real;
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw fromSystemError(error, `opening ${name} ${folder}`);
    throw new CaissonError('not-found', `${name} ${folder} does not exist`, { cause: error });
  }
  throw new CaissonError('invalid-argument', `${name} ${folder} is not a folder`);
}
