import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync } from 'node:fs';
import { CaissonError, systemCode } from '../../errors.js';
import { hasProcFd, procFdPath } from '../proc-fd.js';
import { displayPath, fsPath, joinPath, type RawPath, rawPath } from '../raw-path.js';
import { entryOf } from '../stat-entry.js';
import type { FsPath, Syscalls } from '../syscalls.js';
import { MAX_SYMLINKS } from '../tree/merge.js';
import { setTimes } from './times.js';
import { checkWindowsName } from './windows-name.js';

/** A folder that is open. Its children are reached through it, and only it: `child` names them. */
export interface Folder {
  readonly name: RawPath;
  /** From the root, free of symbolic links. */
  readonly path: RawPath;
  readonly fd: number | undefined;
  readonly base: RawPath;
  /** New files in it get its group. */
  setgid: boolean;
  /** Something in it was made or removed: its time is to be put back. */
  changed: boolean;
}

export interface CursorRules {
  /** Makes the folder `name`, which is missing, in `parent`. */
  makeFolder(parent: Folder, name: RawPath, path: RawPath): void;
  /**
   * What to do where a folder is wanted and something else is: follow a symbolic link, clear it away for a folder, or take the folder for
   * missing. Throws where the layer contradicts itself.
   */
  blocked(path: RawPath, isSymlink: boolean): 'follow' | 'clear' | 'missing';
  clear(parent: Folder, name: RawPath): void;
}

/** Folders that can be open at once: what a followed link's target may add to the depth of names is bounded by it. */
const MAX_FOLDERS = 1024;

const onWindows = process.platform === 'win32';

const FOLDER = constants.O_DIRECTORY | constants.O_NOFOLLOW;

/**
 * Goes to folders below a root, one name at a time, and keeps those on the way open.
 *
 * On Linux every step opens a name relative to an open folder (through /proc) with O_NOFOLLOW: the kernel resolves one name,
 * never `..`, never a link, whatever is done to the tree meanwhile, so that nothing outside the root can be reached. Symbolic links
 * that the rules allow are followed by walking their target the same way from the root. Elsewhere each name is looked at before it is
 * entered, which is as safe while nobody else writes to the tree.
 */
export class FolderCursor {
  readonly #rules: CursorRules;
  readonly #confined: boolean;
  readonly #times: Map<RawPath, readonly [seconds: number, ns: number]>;
  readonly #syscalls: Syscalls | undefined;
  readonly #stack: Folder[] = [];
  #last: RawPath | undefined;

  /** `times` may be shared between cursors of one root: the time that each folder, once visited, is to have in the end. */
  constructor(root: string, rules: CursorRules, times: Map<RawPath, readonly [seconds: number, ns: number]>, syscalls: Syscalls | undefined) {
    this.#rules = rules;
    this.#confined = hasProcFd();
    this.#times = times;
    this.#syscalls = syscalls;
    if (!this.#push('', '', rawPath(root), constants.O_DIRECTORY)) throw new CaissonError('not-found', `no such folder: ${root}`);
  }

  child(folder: Folder, name: RawPath): FsPath {
    if (onWindows) checkWindowsName(name);
    return fsPath(`${folder.base}/${name}`);
  }

  /** The folder itself, for calls that follow no link. */
  self(folder: Folder): FsPath {
    return fsPath(`${folder.base}/.`);
  }

  /** The folder at this clean path, made where it is missing. */
  enterOrMake(path: RawPath): Folder {
    const folder = this.enter(path, true);
    if (folder === undefined) throw new CaissonError('internal', `no folder could be made at ${displayPath(path)}`);
    return folder;
  }

  /** The folder at this clean path; undefined where it is missing and not to be made, or where the rules say so. */
  enter(path: RawPath, create: boolean): Folder | undefined {
    const stack = this.#stack;
    if (path === this.#last) return stack.at(-1);
    const parts = path === '' ? [] : path.split('/');
    let common = 0;
    while (common < parts.length && stack[common + 1]?.name === parts[common]) common++;
    this.#popTo(common + 1);
    this.#last = undefined;
    const pending = parts.slice(common).reverse();
    let links = 0;
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (name === '' || name === '.') continue;
      if (name === '..') {
        this.#popTo(Math.max(stack.length - 1, 1));
        continue;
      }
      const outcome = this.#step(name, create);
      if (outcome === 'entered') continue;
      if (outcome === 'missing') return undefined;
      if (++links > MAX_SYMLINKS) throw new CaissonError('invalid-content', `the layer's symbolic links go in a circle at ${displayPath(path)}`);
      if (outcome.link.startsWith('/')) this.#popTo(1);
      pending.push(...outcome.link.split('/').reverse());
    }
    this.#last = path;
    return stack.at(-1);
  }

  /** To be called when a folder was removed, or replaced by something else, other than through this cursor's current folder. */
  reset(): void {
    this.#last = undefined;
    this.#popTo(1);
  }

  setTime(path: RawPath, seconds: number, ns: number): void {
    this.#times.set(path, [seconds, ns]);
  }

  /** Closes all folders. Their times are set as they are left. */
  close(): void {
    this.#popTo(0);
  }

  #step(name: RawPath, create: boolean): 'entered' | 'missing' | { readonly link: RawPath } {
    if (onWindows) checkWindowsName(name);
    const parent = this.#stack.at(-1)!;
    const path = joinPath(parent.path, name);
    const base = `${parent.base}/${name}`;
    if (this.#push(name, path, base, FOLDER)) return 'entered';
    const stat = lstatSync(fsPath(base), { throwIfNoEntry: false });
    if (stat !== undefined) {
      const verdict = this.#rules.blocked(path, stat.isSymbolicLink());
      if (verdict === 'follow') return { link: readlinkSync(fsPath(base), { encoding: 'latin1' }) };
      if (verdict === 'missing' || !create) return 'missing';
      this.#rules.clear(parent, name);
    }
    if (!create) return 'missing';
    this.#rules.makeFolder(parent, name, path);
    parent.changed = true;
    if (!this.#push(name, path, base, FOLDER)) {
      throw new CaissonError('internal', `something else replaced ${displayPath(path)} while it was being unpacked`);
    }
    // Its time is still that of its making.
    this.#stack.at(-1)!.changed = true;
    return 'entered';
  }

  /** False where there is no such folder. */
  #push(name: RawPath, path: RawPath, location: RawPath, flags: number): boolean {
    if (this.#stack.length >= MAX_FOLDERS) throw new CaissonError('limit-exceeded', 'the layer has too deep a folder');
    let fd: number | undefined;
    let stat;
    try {
      if (this.#confined) {
        fd = openSync(fsPath(location), flags | constants.O_RDONLY);
        stat = fstatSync(fd, { bigint: true });
      } else stat = lstatSync(fsPath(location), { bigint: true });
    } catch (error) {
      if (fd !== undefined) closeSync(fd);
      const code = systemCode(error);
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return false;
      throw error;
    }
    if (!stat.isDirectory()) return false;
    const { mtime, mtimeNs } = entryOf(path, stat)!;
    if (!this.#times.has(path)) this.#times.set(path, [mtime, mtimeNs]);
    const base = fd === undefined ? location : procFdPath(fd);
    this.#stack.push({ name, path, fd, base, setgid: (stat.mode & 0o2000n) !== 0n, changed: false });
    return true;
  }

  #popTo(length: number): void {
    while (this.#stack.length > length) {
      const folder = this.#stack.pop()!;
      try {
        const time = this.#times.get(folder.path);
        if (folder.changed && time !== undefined) setTimes(this.self(folder), folder.fd, time[0], time[1], this.#syscalls);
      } finally {
        if (folder.fd !== undefined) closeSync(folder.fd);
      }
    }
  }
}
