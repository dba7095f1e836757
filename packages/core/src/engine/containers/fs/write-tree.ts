import { closeSync, constants, openSync, readlinkSync, readSync, type BigIntStats } from 'node:fs';
import { CaissonError, fromSystemError, systemCode } from '../../../errors.js';
import { openFolder, statChildren, type OpenFolder } from '../../../layers/diff/open-folder.js';
import type { TarEntry, Xattrs } from '../../../layers/entry.js';
import { isOverlayXattr } from '../../../layers/overlay.js';
import { displayPath, fsPath, joinPath, type RawPath } from '../../../layers/raw-path.js';
import { entryOf } from '../../../layers/stat-entry.js';
import type { FsPath, Syscalls } from '../../../layers/syscalls.js';
import { TarWriter } from '../../../layers/tar/writer.js';
import { throwIfAborted } from '../../../progress.js';
import type { OpenedRoot } from '../../parts.js';
import { isKernels, kernelsOwn } from './kernel-files.js';

export interface TreeArchiveOptions {
  readonly syscalls?: Syscalls;
  readonly signal?: AbortSignal | undefined;
  /** What the container's IDs are on the host, from 0 on; absent: they are the same. */
  readonly firstIds?: OpenedRoot['firstIds'];
}

/** What an archive is made of: a folder that is open, or one file in it. */
export interface TreeStart {
  /** As node:fs reaches it; a link there is not followed. */
  readonly location: RawPath;
  readonly stat: BigIntStats;
  /** The name of its entry; an empty one for a folder leaves out its own. */
  readonly name: RawPath;
}

const PIECE = 256 * 1024;
/** What the kernel shows of IDs that a user namespace does not have. */
const NOBODY = 65534;

const inside = (id: number, first: number) => (id >= first ? id - first : NOBODY);

/**
 * A tar of a tree that may be in use: files are as long as they were when their turn came, what goes away meanwhile is left out, as are
 * sockets and what is in the kernel's own folders, /proc and /sys. Links are never followed. Pieces are handed out as they are read, so that memory does not grow with the files.
 */
export class TreeArchive {
  readonly #options: TreeArchiveOptions;
  readonly #ready: Buffer[] = [];
  readonly #writer = new TarWriter((chunk) => this.#ready.push(Buffer.from(chunk)), { bufferSize: PIECE });
  /** First names of files with several, by device and inode. */
  readonly #linked = new Map<string, RawPath>();
  /** Whether a device's files are the kernel's. */
  readonly #kernels = new Map<bigint, boolean>();

  constructor(options: TreeArchiveOptions = {}) {
    this.#options = options;
  }

  async *bytes(start: TreeStart): AsyncGenerator<Uint8Array, void> {
    try {
      if (this.#isKernels(start.location, start.stat)) throw kernelsOwn(displayPath(start.name));
      yield* this.#any(start.location, start.name, start.stat);
      this.#writer.finish();
      yield* this.#ready.splice(0);
    } catch (error) {
      throw fromSystemError(error, `reading ${displayPath(start.name)}`);
    }
  }

  *#any(location: RawPath, path: RawPath, stat: BigIntStats): Generator<Uint8Array, void> {
    throwIfAborted(this.#options.signal);
    const found = entryOf(path, stat);
    if (found === undefined) return;
    const { firstIds } = this.#options;
    const entry = firstIds ? { ...found, uid: inside(found.uid, firstIds.uid), gid: inside(found.gid, firstIds.gid) } : found;
    const kernels = this.#isKernels(location, stat);
    if (entry.type === 'directory') yield* this.#folder(location, path, entry, kernels);
    else if (!kernels) yield* this.#file(location, entry, stat.nlink > 1n ? `${stat.dev}:${stat.ino}` : undefined);
    yield* this.#ready.splice(0);
  }

  /** A folder of the kernel's is there, as what is mounted on, and empty. */
  *#folder(location: RawPath, path: RawPath, entry: TarEntry, isEmpty: boolean): Generator<Uint8Array, void> {
    const folder = openFolder(location, 'child');
    if (!folder) return;
    try {
      if (path !== '') this.#writer.add({ ...entry, ...this.#xattrs(`${folder.base}/.`) });
      if (!isEmpty) yield* this.#contents(folder, path === '.' ? './' : path);
    } finally {
      if (folder.fd !== undefined) closeSync(folder.fd);
    }
  }

  #isKernels(location: RawPath, stat: BigIntStats): boolean {
    if (!stat.isFile() && !stat.isDirectory()) return false;
    const known = this.#kernels.get(stat.dev);
    if (known !== undefined) return known;
    const found = isKernels(fsPath(location));
    this.#kernels.set(stat.dev, found);
    return found;
  }

  *#contents(folder: OpenFolder, path: RawPath): Generator<Uint8Array, void> {
    for (const { name, stat } of statChildren(folder)) yield* this.#any(`${folder.base}/${name}`, path.endsWith('/') ? path + name : joinPath(path, name), stat);
  }

  *#file(location: RawPath, entry: TarEntry, inode: string | undefined): Generator<Uint8Array, void> {
    const place = Buffer.from(location, 'latin1');
    const first = inode === undefined ? undefined : this.#linked.get(inode);
    if (first !== undefined) {
      this.#writer.add({ ...entry, type: 'hardlink', size: 0, linkname: first, devmajor: 0, devminor: 0 });
      return;
    }
    const full = { ...entry, ...this.#xattrs(place), linkname: entry.type === 'symlink' ? readlinkSync(place, { encoding: 'latin1' }) : '' };
    if (entry.type === 'file') {
      const fd = openIfThere(place);
      if (fd === undefined) return;
      try {
        this.#writer.begin(full);
        yield* this.#copy(fd, entry.size);
        this.#writer.end();
      } finally {
        closeSync(fd);
      }
    } else this.#writer.add(full);
    if (inode !== undefined) this.#linked.set(inode, entry.path);
  }

  /** Exactly `size` bytes: a file that is cut meanwhile is filled up with zeros, what is added is left out. */
  *#copy(fd: number, size: number): Generator<Uint8Array, void> {
    const buffer = Buffer.allocUnsafe(Math.min(PIECE, Math.max(size, 1)));
    for (let left = size; left > 0; ) {
      const count = readSync(fd, buffer, 0, Math.min(left, buffer.length), null);
      const piece = count === 0 ? buffer.fill(0).subarray(0, Math.min(left, buffer.length)) : buffer.subarray(0, count);
      this.#writer.write(piece);
      left -= piece.length;
      if (this.#ready.length > 0) {
        throwIfAborted(this.#options.signal);
        yield* this.#ready.splice(0);
      }
    }
  }

  #xattrs(location: FsPath): { xattrs: Xattrs | undefined } {
    const { syscalls } = this.#options;
    const xattrs = new Map<string, Uint8Array>();
    for (const name of syscalls?.llistxattr(location) ?? []) {
      if (isOverlayXattr(name) || !/^(?:user\.|security\.capability$|system\.posix_acl_)/.test(name)) continue;
      const value = syscalls?.lgetxattr(location, name);
      if (value !== undefined) xattrs.set(name, value);
    }
    return { xattrs: xattrs.size === 0 ? undefined : xattrs };
  }
}

/** Opens a file that was one a moment ago; undefined where it has gone or a link has come in its place. */
function openIfThere(path: Buffer): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'ENXIO') return undefined;
    if (code === 'EACCES') throw new CaissonError('denied', `permission denied: ${displayPath(path.toString('latin1'))}`, { cause: error });
    throw error;
  }
}
