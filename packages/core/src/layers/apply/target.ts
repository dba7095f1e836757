import { constants, fchmodSync, linkSync, lstatSync, mkdirSync, openSync, type Stats, symlinkSync } from 'node:fs';
import { CaissonError, systemCode } from '../../errors.js';
import { type TarEntry, tarEntry } from '../entry.js';
import { baseName, compareTreeOrder, displayPath, fsPath, joinPath, parentPath, type RawPath } from '../raw-path.js';
import type { FsPath } from '../syscalls.js';
import { Attributes } from './attributes.js';
import { copyFile } from './copy-file.js';
import { type CursorRules, type Folder, FolderCursor } from './cursor.js';
import { makeNode } from './nodes.js';
import type { ExtractOptions } from './options.js';
import { type Kept, removeContents, removeTree } from './remove.js';

/** Where a file is put: the folder and the name. */
export interface Place {
  readonly folder: Folder;
  readonly name: RawPath;
  /** From the root, free of symbolic links. */
  readonly path: RawPath;
  readonly location: FsPath;
}

/**
 * The tree that a layer is unpacked into: makes, replaces and hides files below one root, by the rules of the mode (see `ApplyMode`).
 * Every path given to it is clean.
 */
export class ExtractTarget implements CursorRules {
  readonly #options: ExtractOptions;
  readonly #isOverlay: boolean;
  readonly attributes: Attributes;
  readonly #times = new Map<RawPath, readonly [number, number]>();
  readonly #cursor: FolderCursor;
  /** For the targets of hard links, so that the cursor stays where the next entry will be. */
  readonly #links: FolderCursor;
  /** `merge`: what this layer made, and the folders above. */
  readonly #made = new Set<RawPath>();
  readonly #kept: Kept;
  /** Folders on the way to what this layer made, that it does not describe, and those that it does. */
  readonly #passed = new Set<RawPath>();
  readonly #described = new Set<RawPath>();
  readonly #hides: { readonly path: RawPath; readonly contentsOnly: boolean }[] = [];
  /** What has been hidden so far, and folders whose lower contents have been. */
  readonly #hidden = new Set<RawPath>();
  readonly #opaque = new Set<RawPath>();
  #isHiding = false;
  /** Permissions of folders that their owner could not enter with them, for the end. */
  readonly #modes = new Map<RawPath, number>();

  constructor(root: string, options: ExtractOptions) {
    this.#options = options;
    this.#isOverlay = options.mode === 'overlay';
    this.attributes = new Attributes(options);
    this.#kept = { has: (path) => this.#made.has(path), syscalls: options.syscalls };
    this.#cursor = new FolderCursor(root, this, this.#times, options.syscalls);
    this.#links = new FolderCursor(root, this, this.#times, options.syscalls);
  }

  place(path: RawPath): Place {
    return this.#place(this.#cursor, path);
  }

  /** Opens a new file for writing, in place of whatever was there. */
  createFile({ folder, name, path, location }: Place, mode: number): number {
    folder.changed = true;
    this.#note(folder, path);
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    return this.#replacing(folder, name, () => openSync(location, flags, mode & 0o777));
  }

  symlink({ folder, name, path, location }: Place, entry: TarEntry): void {
    folder.changed = true;
    this.#note(folder, path);
    this.#replacing(folder, name, () => symlinkSync(fsPath(entry.linkname), location));
    this.attributes.set(entry, path, { location, fd: undefined, madeWith: 0o777, inSetgid: folder.setgid }, true);
  }

  node({ folder, name, path, location }: Place, entry: TarEntry, type: 'char' | 'block' | 'fifo'): void {
    folder.changed = true;
    this.#note(folder, path);
    this.#replacing(folder, name, () => makeNode(location, type, entry, this.#options.syscalls));
    this.attributes.set(entry, path, { location, fd: undefined, madeWith: entry.mode & 0o777, inSetgid: folder.setgid }, true);
  }

  /** @throws CaissonError `invalid-content` when there is nothing that the link could lead to. */
  hardlink({ folder, name, path, location }: Place, linkname: RawPath): void {
    let from = this.#linkTarget(linkname);
    const there = lstatSync(location, { bigint: true, throwIfNoEntry: false });
    if (from !== undefined && there !== undefined) {
      const wanted = lstatSync(from, { bigint: true });
      if (there.ino === wanted.ino && there.dev === wanted.dev) return;
      this.clear(folder, name);
      // Looked up anew, since it may have gone with what was cleared away.
      from = this.#linkTarget(linkname);
    }
    if (from === undefined) {
      throw new CaissonError('invalid-content', `the layer's hard link ${displayPath(path)} leads to ${displayPath(linkname)}, which is not there or a folder`);
    }
    folder.changed = true;
    this.#note(folder, path);
    linkSync(from, location);
  }

  directory(path: RawPath, entry: TarEntry): void {
    let madeWith: number | undefined;
    let inSetgid = false;
    if (path !== '') {
      const { folder, name, path: real } = this.#place(this.#cursor, path);
      this.#note(folder, real);
      inSetgid = folder.setgid;
      if (this.#mkdir(folder, name, real, entry.mode)) madeWith = this.#workingMode(entry.mode) & 0o777;
      path = real;
    }
    this.#described.add(path);
    this.#passed.delete(path);
    const folder = this.#cursor.enterOrMake(path);
    const placed = { location: this.#cursor.self(folder), fd: folder.fd, madeWith, inSetgid };
    this.#describe(entry, folder.path, placed);
    folder.changed = true;
    folder.setgid = (entry.mode & 0o2000) !== 0;
    if (folder.setgid) this.#links.reset();
  }

  /**
   * Makes what the layers below have at this path, or in the folder there, invisible. It is done at the end: it concerns lower layers
   * only, wherever among the entries it stands, and by then it is known what this layer has there.
   */
  hide(path: RawPath, contentsOnly: boolean): void {
    this.#hides.push({ path, contentsOnly });
  }

  /** Sets what was kept for the end, and closes. */
  finish(): void {
    this.#isHiding = true;
    // From the top down: what is inside of something hidden need not be hidden again.
    this.#hides.sort((a, b) => compareTreeOrder(a.path, b.path) || Number(a.contentsOnly) - Number(b.contentsOnly));
    for (const { path, contentsOnly } of this.#hides) this.#hide(path, contentsOnly);
    for (const path of [...this.#modes.keys()].sort((a, b) => compareTreeOrder(b, a))) {
      const folder = this.#cursor.enter(path, false);
      if (folder?.fd !== undefined && folder.path === path) fchmodSync(folder.fd, this.#modes.get(path)!);
    }
    this.close();
  }

  /** Closes what is open. Safe to be called again. */
  close(): void {
    try {
      this.#links.close();
    } finally {
      this.#cursor.close();
    }
  }

  // Rules of the cursors

  blocked(path: RawPath, isSymlink: boolean): 'follow' | 'clear' | 'missing' {
    // What is hidden lies below: a file or link of this layer in its place hides it already, and leads nowhere that would matter.
    if (this.#isHiding) return 'missing';
    const isOurs = this.#isOverlay || this.#made.has(path);
    if (isSymlink && (isOurs || this.#options.follow === 'target')) return 'follow';
    if (isOurs) throw new CaissonError('invalid-content', `the layer has ${displayPath(path)} as a file and as a folder`);
    return 'clear';
  }

  clear(parent: Folder, name: RawPath): void {
    const path = joinPath(parent.path, name);
    removeTree(`${parent.base}/${name}`, path);
    parent.changed = true;
    this.#links.reset();
  }

  makeFolder(parent: Folder, name: RawPath, path: RawPath): void {
    this.#passed.add(path);
    const entry = this.#options.lower?.directory(path) ?? tarEntry({ path, type: 'directory' });
    this.#mkdir(parent, name, path, entry.mode);
    const location = fsPath(`${parent.base}/${name}`);
    this.#describe(entry, path, { location, fd: undefined, madeWith: this.#workingMode(entry.mode) & 0o777, inSetgid: parent.setgid });
  }

  #place(cursor: FolderCursor, path: RawPath): Place {
    const folder = cursor.enterOrMake(parentPath(path));
    const name = baseName(path);
    return { folder, name, path: joinPath(folder.path, name), location: cursor.child(folder, name) };
  }

  /** Owner, permissions and xattrs now, times when the folder is left. */
  #describe(entry: TarEntry, path: RawPath, placed: { location: FsPath; fd: number | undefined; madeWith: number | undefined; inSetgid: boolean }): void {
    const mode = this.#workingMode(entry.mode);
    if (mode !== entry.mode) this.#modes.set(path, entry.mode);
    else this.#modes.delete(path);
    if (placed.madeWith === undefined && this.#options.syscalls !== undefined) this.attributes.dropXattrs(entry, placed.location, this.#options.syscalls);
    this.attributes.set(mode === entry.mode ? entry : { ...entry, mode }, path, placed, false);
    this.#times.set(path, [entry.mtime, entry.mtimeNs]);
  }

  /** While unpacking, an unprivileged owner needs all rights to a folder. */
  #workingMode(mode: number): number {
    return this.attributes.isRoot ? mode : mode | 0o700;
  }

  /** True when the folder was made; false when there was one. */
  #mkdir(folder: Folder, name: RawPath, path: RawPath, mode: number): boolean {
    const location = fsPath(`${folder.base}/${name}`);
    const make = (): void => {
      mkdirSync(location, { mode: this.#workingMode(mode) & 0o777 });
    };
    let isOpaque = false;
    try {
      make();
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
      if (lstatSync(location).isDirectory()) return false;
      this.clear(folder, name);
      // What this layer put here before hid a folder below, which must not show through now.
      isOpaque = true;
      make();
    }
    folder.changed = true;
    if (isOpaque && this.#isOverlay) this.#makeOpaque(location, path);
    return true;
  }

  #makeOpaque(location: FsPath, path: RawPath): void {
    const { syscalls, overlayXattrs = 'trusted' } = this.#options;
    if (syscalls === undefined) {
      throw new CaissonError('missing-dependency', `the folder ${displayPath(path)} of the layer is opaque, which takes setting an xattr`, {
        hint: 'unpack the layers into one folder instead, or with the package @caisson/runtime-linux',
      });
    }
    syscalls.lsetxattr(location, `${overlayXattrs}.overlay.opaque`, Buffer.from('y'));
  }

  #linkTarget(linkname: RawPath): FsPath | undefined {
    const parent = this.#links.enter(parentPath(linkname), false);
    const name = baseName(linkname);
    if (name !== '' && parent !== undefined) {
      const location = this.#links.child(parent, name);
      const stat = lstatSync(location, { throwIfNoEntry: false });
      if (stat !== undefined) return stat.isDirectory() ? undefined : location;
    }
    return this.#isOverlay ? this.#copyUp(linkname) : undefined;
  }

  /** Copies a file from the layers below into this one, as overlayfs does before it links to it. */
  #copyUp(path: RawPath): FsPath | undefined {
    const found = this.#options.lower?.file(path);
    if (found === undefined) return undefined;
    const place = this.#place(this.#links, path);
    const { entry, source } = found;
    if (entry.type === 'symlink') this.symlink(place, entry);
    else if (entry.type === 'char' || entry.type === 'block' || entry.type === 'fifo') this.node(place, entry, entry.type);
    else copyFile(source, entry, place, this);
    return place.location;
  }

  /** True when this layer has said that nothing of the layers below is to be seen at this path. */
  #isHidden(path: RawPath): boolean {
    if (this.#hidden.size === 0 && this.#opaque.size === 0) return false;
    for (let at = path; at !== ''; at = parentPath(at)) if (this.#hidden.has(at) || this.#opaque.has(parentPath(at))) return true;
    return false;
  }

  #hide(path: RawPath, contentsOnly: boolean): void {
    const folder = this.#hidingFolder(contentsOnly ? path : parentPath(path));
    if (folder === undefined) return;
    const real = contentsOnly ? folder.path : joinPath(folder.path, baseName(path));
    const location = contentsOnly ? this.#cursor.self(folder) : this.#cursor.child(folder, baseName(path));
    const stat = lstatSync(location, { throwIfNoEntry: false });
    if (this.#isOverlay) this.#cover(folder, real, location, stat);
    else if (stat !== undefined) {
      if (contentsOnly) removeContents(`${folder.base}/.`, real, this.#kept);
      else removeTree(`${folder.base}/${baseName(path)}`, real, this.#kept);
      folder.changed = true;
      this.#cursor.reset();
    }
    (contentsOnly ? this.#opaque : this.#hidden).add(real);
    // Folders that this layer only passes through had their attributes from what is hidden now.
    for (const passed of this.#passed) {
      if (passed.startsWith(real === '' ? '' : `${real}/`) || (passed === real && !contentsOnly)) this.#strip(passed);
    }
  }

  /** The folder to hide something in, made for it as the layers below have it; undefined where there is nothing to hide. */
  #hidingFolder(path: RawPath): Folder | undefined {
    const folder = this.#cursor.enter(path, false);
    const { lower } = this.#options;
    if (folder !== undefined || !this.#isOverlay || this.#isHidden(path)) return folder;
    if (lower !== undefined && lower.directory(path) === undefined) return undefined;
    return this.#cursor.enter(path, true);
  }

  /** In overlayfs's way: by an opaque folder or a whiteout. Another file of this layer hides what is below by being there. */
  #cover(folder: Folder, path: RawPath, location: FsPath, stat: Stats | undefined): void {
    if (stat?.isDirectory() === true) this.#makeOpaque(location, path);
    if (stat !== undefined || this.#isHidden(path)) return;
    folder.changed = true;
    if (this.#options.makeWhiteout !== undefined) this.#options.makeWhiteout(location);
    else makeNode(location, 'char', { mode: 0, devmajor: 0, devminor: 0 }, this.#options.syscalls);
  }

  #strip(path: RawPath): void {
    const folder = this.#cursor.enter(path, false);
    if (folder === undefined) return;
    this.#describe(tarEntry({ path, type: 'directory' }), path, { location: this.#cursor.self(folder), fd: folder.fd, madeWith: undefined, inSetgid: false });
    folder.changed = true;
    folder.setgid = false;
  }

  #note(folder: Folder, path: RawPath): void {
    if (this.#isOverlay) return;
    this.#made.add(path);
    for (let above = folder.path; above !== '' && !this.#made.has(above); above = parentPath(above)) {
      this.#made.add(above);
      if (!this.#described.has(above)) this.#passed.add(above);
    }
  }

  /** Runs `make`; where something is in its way, clears that and runs it again. */
  #replacing<T>(folder: Folder, name: RawPath, make: () => T): T {
    try {
      return make();
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
    this.clear(folder, name);
    return make();
  }
}
