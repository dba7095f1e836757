import { closeSync, readlinkSync } from 'node:fs';
import { CaissonError, fromSystemError } from '../../errors.js';
import { throwIfAborted } from '../../progress.js';
import type { TarEntry, Xattrs } from '../entry.js';
import type { LayerIndex } from '../index/layer-index.js';
import { isOverlayWhiteout, isOverlayXattr } from '../overlay.js';
import { displayPath, joinPath, type RawPath, rawPath } from '../raw-path.js';
import { entryOf } from '../stat-entry.js';
import type { FsPath, Syscalls } from '../syscalls.js';
import type { TarSink } from '../tar/writer.js';
import { LayerWriter } from './layer-writer.js';
import { type OpenFolder, openFolder, statChildren } from './open-folder.js';

export interface DiffOptions {
  readonly syscalls?: Syscalls;
  /** Later times become this one, so that equal builds give equal layers (SOURCE_DATE_EPOCH). */
  readonly clampTime?: Date;
  /** Only times from here on become `clampTime`; absent: from `clampTime` on. */
  readonly clampFrom?: Date;
  /** Sets the times that were changed on the files themselves too, so that the folder is what the layer says. Needs `syscalls`. */
  readonly settleTimes?: boolean;
  /** Gives the owner to store for the one on disk. */
  readonly mapOwner?: (uid: number, gid: number) => { readonly uid: number; readonly gid: number };
  /** Whether the folder itself is an entry too (`./`). Default false: its attributes are the layers' below. */
  readonly includeRoot?: boolean;
  readonly contentDigests?: boolean;
  /** What is to be left out, by its path, and with a folder all that is in it. */
  readonly exclude?: (path: RawPath) => boolean;
  readonly onSkipped?: (path: RawPath, why: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Writes the folder as a layer: what an overlayfs wrote to its upper folder, or any tree as it is. Names come bytewise, folders before
 * their contents, and hard links as such (the first name is the file), so that equal trees give equal bytes. Overlayfs's whiteouts and
 * opaque folders become the layer's; its other records are dropped.
 *
 * The folder may be changed meanwhile by a running container: no symbolic link in it is followed, and a file whose size changes is an
 * error. Without `syscalls` xattrs are not seen, and so neither are opaque folders.
 * @throws CaissonError `unsupported` for folders that overlayfs redirected and files of which it copied but the metadata (mount without
 * `redirect_dir` and `metacopy`); `invalid-content` for files that change while they are read; `cancelled`.
 */
export function diffDirectory(root: string, sink: TarSink, options: DiffOptions = {}): LayerIndex {
  const writer = new LayerWriter(sink, options.contentDigests === true ? { contentDigests: true } : {});
  try {
    new Diff(writer, options).run(root);
  } catch (error) {
    throw fromSystemError(error, `reading ${root}`);
  }
  return writer.finish();
}

class Diff {
  readonly #writer: LayerWriter;
  readonly #options: DiffOptions;
  readonly #clamp: number | undefined;
  readonly #clampFrom: number;
  /** First names of files with several, by device and inode. */
  readonly #linked = new Map<string, RawPath>();

  constructor(writer: LayerWriter, options: DiffOptions) {
    this.#writer = writer;
    this.#options = options;
    this.#clamp = options.clampTime === undefined ? undefined : Math.floor(options.clampTime.getTime() / 1000);
    this.#clampFrom = options.clampFrom === undefined ? (this.#clamp ?? 0) : Math.floor(options.clampFrom.getTime() / 1000);
  }

  run(root: string): void {
    const folder = openFolder(rawPath(root), 'root');
    if (folder === undefined) throw new CaissonError('not-found', `no such folder: ${root}`);
    try {
      if (this.#options.includeRoot === true) {
        const entry = entryOf('', folder.stat);
        if (entry !== undefined) this.#writer.add({ ...this.#normal(entry), xattrs: this.#xattrs(`${folder.base}/.`, '').xattrs });
      }
      this.#contents(folder, '');
    } finally {
      if (folder.fd !== undefined) closeSync(folder.fd);
    }
  }

  #contents(folder: OpenFolder, directory: RawPath): void {
    throwIfAborted(this.#options.signal);
    for (const { name, stat, location } of statChildren(folder)) {
      const path = joinPath(directory, name);
      if (this.#options.exclude?.(path) === true) continue;
      if (name.startsWith('.wh.')) this.#skip(path, 'layers keep names that begin with .wh. for their own use');
      else if (isOverlayWhiteout(stat)) this.#writer.whiteout(path);
      else {
        const entry = entryOf(path, stat);
        if (entry === undefined) this.#skip(path, 'it is a socket');
        else if (entry.type === 'directory') this.#directory(folder, name, entry);
        else this.#file(entry, location, stat.nlink > 1n ? `${stat.dev}:${stat.ino}` : undefined);
      }
    }
  }

  #directory(parent: OpenFolder, name: RawPath, entry: TarEntry): void {
    const folder = openFolder(`${parent.base}/${name}`, 'child');
    // Gone, or something else by now.
    if (folder === undefined) return this.#skip(entry.path, 'it went away while it was being read');
    try {
      const { xattrs, overlay } = this.#xattrs(`${folder.base}/.`, entry.path);
      if (overlay.has('redirect')) throw unsupported(entry.path, 'was renamed by overlayfs (redirect_dir)');
      this.#writer.add({ ...this.#normal(entry), xattrs });
      if (overlay.get('opaque') === 'y') this.#writer.opaque(entry.path);
      this.#contents(folder, entry.path);
      this.#settle(entry, `${folder.base}/.`);
    } finally {
      if (folder.fd !== undefined) closeSync(folder.fd);
    }
  }

  #file(stat: TarEntry, location: FsPath, inode: string | undefined): void {
    const { xattrs, overlay } = this.#xattrs(location, stat.path);
    if (overlay.has('whiteout') && stat.size === 0) return this.#writer.whiteout(stat.path);
    if (overlay.has('metacopy')) throw unsupported(stat.path, 'has its content in a layer below (metacopy)');
    const linkname = stat.type === 'symlink' ? readlinkSync(location, { encoding: 'latin1' }) : '';
    const entry: TarEntry = { ...this.#normal(stat), linkname, xattrs };
    const first = inode === undefined ? undefined : this.#linked.get(inode);
    if (first !== undefined) return this.#writer.add({ ...entry, type: 'hardlink', size: 0, linkname: first, devmajor: 0, devminor: 0, xattrs: undefined });
    if (inode !== undefined) this.#linked.set(inode, stat.path);
    if (entry.type === 'file' && entry.size > 0) this.#writer.addFile(entry, location);
    else this.#writer.add(entry);
    this.#settle(stat, location);
  }

  #settle(entry: TarEntry, location: FsPath): void {
    if (this.#options.settleTimes === true && this.#isLate(entry)) this.#options.syscalls?.utimens(location, this.#clamp!, 0);
  }

  #isLate(entry: TarEntry): boolean {
    return this.#clamp !== undefined && entry.mtime >= this.#clampFrom;
  }

  #normal(entry: TarEntry): TarEntry {
    const owner = this.#options.mapOwner?.(entry.uid, entry.gid);
    const isLate = this.#isLate(entry);
    if (owner === undefined && !isLate) return entry;
    return { ...entry, ...owner, ...(isLate ? { mtime: this.#clamp!, mtimeNs: 0 } : {}) };
  }

  /** What the file has of xattrs, and apart from them what overlayfs keeps in its own, by the last part of the name. */
  #xattrs(location: FsPath, path: RawPath): { xattrs: Xattrs | undefined; overlay: ReadonlyMap<string, string> } {
    const { syscalls } = this.#options;
    if (syscalls === undefined) return none;
    const names = syscalls.llistxattr(location);
    if (names.length === 0) return none;
    const xattrs = new Map<string, Uint8Array>();
    const overlay = new Map<string, string>();
    for (const name of names.sort()) {
      const value = syscalls.lgetxattr(location, name);
      if (value === undefined) continue;
      if (isOverlayXattr(name)) overlay.set(name.slice(name.lastIndexOf('.') + 1), Buffer.from(value).toString('latin1'));
      else if (name.startsWith('user.') || name === 'security.capability' || name.startsWith('system.posix_acl_')) xattrs.set(name, value);
      else if (name !== 'security.selinux') this.#skip(path, `the xattr ${displayPath(name)} belongs to this host`);
    }
    return { xattrs: xattrs.size === 0 ? undefined : xattrs, overlay };
  }

  #skip(path: RawPath, why: string): void {
    this.#options.onSkipped?.(path, why);
  }
}

const none = { xattrs: undefined, overlay: new Map<string, string>() } as const;

function unsupported(path: RawPath, what: string): CaissonError {
  return new CaissonError('unsupported', `${displayPath(path)} ${what}, which a layer cannot express`, {
    hint: 'mount the overlay with redirect_dir=off,metacopy=off',
  });
}
