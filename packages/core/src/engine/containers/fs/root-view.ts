import { lstatSync, readlinkSync, type BigIntStats } from 'node:fs';
import { posix } from 'node:path';
import { CaissonError, fromSystemError } from '../../../errors.js';
import { FolderCursor, type CursorRules, type Folder } from '../../../layers/apply/cursor.js';
import { baseName, displayPath, joinPath, parentPath, rawPath, type RawPath } from '../../../layers/raw-path.js';
import type { FsPath, Syscalls } from '../../../layers/syscalls.js';
import { MAX_SYMLINKS } from '../../../layers/tree/merge.js';
import type { PathStat } from '../../engine.js';

/** A name in a root, found. */
export interface Found {
  /** Open, with its path from the root, which is free of links. */
  readonly folder: Folder;
  /** In the folder; empty where the folder itself is what was found. */
  readonly name: RawPath;
  readonly stat: BigIntStats;
  /** For node:fs; the last part is not followed. */
  readonly location: FsPath;
}

const rules: CursorRules = {
  makeFolder: () => {
    throw new CaissonError('internal', 'nothing is made while looking');
  },
  blocked: (_path, isSymlink) => (isSymlink ? 'follow' : 'missing'),
  clear: () => {},
};

/**
 * Finds paths in a root file system that others may be changing. Each name is opened in the folder before it, with links followed by
 * walking their targets from the root: nothing outside of it can be reached (see FolderCursor).
 */
export class RootView implements Disposable {
  readonly #cursor: FolderCursor;

  constructor(root: string, syscalls?: Syscalls) {
    this.#cursor = new FolderCursor(root, rules, new Map(), syscalls);
  }

  /** Undefined where there is nothing. The last part is followed only where a slash, `/.` or `/..` says that a folder is meant. */
  find(path: RawPath): Found | undefined {
    const meansFolder = /(?:^|\/)\.{0,2}$/.test(path);
    if (meansFolder) {
      const folder = this.folder(path);
      return folder && this.#found(folder, '');
    }
    const folder = this.folder(parentPath(path));
    return folder && this.#found(folder, baseName(path));
  }

  /** The same, with a link at the end followed too. */
  follow(path: RawPath): Found | undefined {
    let at = path;
    for (let links = 0; links <= MAX_SYMLINKS; links++) {
      const found = this.find(at);
      if (!found?.stat.isSymbolicLink()) return found;
      at = this.#target(found);
    }
    return undefined;
  }

  /** The folder at a path, all links on it followed. */
  folder(path: RawPath): Folder | undefined {
    try {
      return this.#cursor.enter(path.replace(/^\/+/, ''), false);
    } catch (error) {
      throw fromSystemError(error, `looking for ${displayPath(path)}`);
    }
  }

  /** Where a link leads, by docker's habit: as an absolute path without links if something is there, else as it is written. */
  linkTarget(found: Found): string {
    if (!found.stat.isSymbolicLink()) return '';
    const target = this.#target(found);
    const real = this.follow(target);
    return `/${displayPath(real ? joinPath(real.folder.path, real.name) : posix.normalize(target).replace(/^\/+/, ''))}`;
  }

  #target({ folder, location }: Found): RawPath {
    const link = readlinkSync(location, { encoding: 'latin1' });
    return link.startsWith('/') ? link : joinPath(folder.path, link);
  }

  #found(folder: Folder, name: RawPath): Found | undefined {
    const location = name === '' ? this.#cursor.self(folder) : this.#cursor.child(folder, name);
    const stat = lstatSync(location, { bigint: true, throwIfNoEntry: false });
    return stat && { folder, name, stat, location };
  }

  [Symbol.dispose](): void {
    this.#cursor.close();
  }
}

export function statOf(view: RootView, path: string, container: string): { found: Found; stat: PathStat } {
  const found = view.find(rawPath(path));
  if (!found) throw new CaissonError('not-found', `there is no ${path} in container ${container}`);
  const { stat } = found;
  const link = view.linkTarget(found);
  // Looking where the link leads has moved on: found anew.
  const again = link === '' ? found : (view.find(rawPath(path)) ?? found);
  return {
    found: again,
    stat: { name: topName(path), size: Number(stat.size), mode: Number(stat.mode), modified: new Date(Number(stat.mtimeMs)), linkTarget: link },
  };
}

/** What a path's own entry is called in an archive of it; `.` where the contents of a folder are meant. */
export function topName(path: string): string {
  const plain = path.replace(/(?<=[^/])\/+$/, '');
  const name = posix.basename(plain);
  return name === '' || name === '..' ? '/' : name;
}

