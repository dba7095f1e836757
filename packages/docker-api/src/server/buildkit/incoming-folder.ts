import { chmodSync, closeSync, linkSync, lstatSync, lutimesSync, mkdirSync, openSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { CaissonError } from '@caisson/core';
import { kindOf, permissionsOf } from './file-mode.js';
import type { Stat } from './pb/fsutil_pb.js';

/** Beyond any folder that is meant. */
const maxEntries = 5_000_000;

/** A file whose content is on its way. */
export interface IncomingFile {
  write(data: Uint8Array): void;
  finish(): void;
  /** It will never be whole. */
  discard(): void;
}

/**
 * A folder that is to become what a client has. First it is told each entry, parents before children; `begin` then makes folders and links,
 * takes away what the client does not have, and leaves the files whose content is needed: those that are new, or of another size or time than
 * before. `end` comes when all of these are there. A file is there only whole, so that a transfer that was cut off does no harm.
 */
export class IncomingFolder {
  readonly #root: string;
  /** Beside it, on the same file system. */
  readonly #aside: string;
  readonly #entries = new Map<string, Stat>();
  #count = 0;
  #unfinished = 0;

  constructor(root: string) {
    this.#root = root;
    this.#aside = `${root}.unfinished`;
  }

  /** @throws CaissonError `invalid-content` for a path that leads elsewhere */
  expect(stat: Stat): void {
    const { path } = stat;
    const parent = path.slice(0, Math.max(path.lastIndexOf('/'), 0));
    const above = this.#entries.get(parent);
    const wrong = path === '' || path.includes('\0') || path.split('/').some((part) => part === '' || part === '.' || part === '..') || (parent !== '' && (!above || kindOf(above.mode) !== 'directory')) || this.#entries.has(path);
    if (wrong) throw new CaissonError('invalid-content', `the client sent a file with the invalid path ${JSON.stringify(path.slice(0, 200))}`);
    if (++this.#count > maxEntries) throw new CaissonError('limit-exceeded', `the client's folder has more than ${maxEntries} files`);
    this.#entries.set(path, stat);
  }

  /** Paths of the files whose content is to be had. */
  begin(): string[] {
    rmSync(this.#aside, { recursive: true, force: true });
    for (const folder of [this.#root, this.#aside]) mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#sweep('');
    const wanted: string[] = [];
    for (const [path, stat] of this.#entries) if (this.#prepare(path, stat)) wanted.push(path);
    return wanted;
  }

  /** Takes away whatever the client does not have, or has as something else. */
  #sweep(folder: string): void {
    for (const name of readdirSync(join(this.#root, folder))) {
      const path = folder === '' ? name : `${folder}/${name}`;
      const here = this.#stat(path);
      const there = this.#entries.get(path);
      if (!here) continue;
      if (!there || !isSame(here, there)) rmSync(join(this.#root, path), { recursive: true, force: true });
      else if (here.isDirectory()) {
        if ((here.mode & 0o700) !== 0o700) chmodSync(join(this.#root, path), 0o700);
        this.#sweep(path);
      }
    }
  }

  /** True for a file whose content is needed. */
  #prepare(path: string, stat: Stat): boolean {
    const place = join(this.#root, path);
    const here = this.#stat(path);
    switch (kindOf(stat.mode)) {
      case 'directory':
        if (!here) mkdirSync(place, { mode: 0o700 });
        return false;
      case 'symlink':
        if (here && readlinkSync(place) === stat.linkname) return false;
        rmSync(place, { force: true });
        symlinkSync(stat.linkname, place);
        lutimesSync(place, ...times(stat));
        return false;
      case 'file':
        if (stat.linkname !== '') return false;
        if (here && here.size === Number(stat.size) && Math.abs(here.mtimeMs - Number(stat.modTime) / 1e6) < 0.002) {
          chmodSync(place, permissionsOf(stat.mode));
          return false;
        }
        return true;
      case 'other': // sockets, pipes and devices are nothing to build from
        return false;
    }
  }

  open(path: string): IncomingFile {
    const stat = this.#entries.get(path);
    if (!stat) throw new CaissonError('internal', `${path} was not expected`);
    const place = join(this.#root, path);
    const aside = join(this.#aside, String(this.#unfinished++));
    const fd = openSync(aside, 'w', 0o600);
    return {
      write(data) {
        for (let at = 0; at < data.byteLength; ) at += writeSync(fd, data, at);
      },
      finish() {
        closeSync(fd);
        chmodSync(aside, permissionsOf(stat.mode));
        lutimesSync(aside, ...times(stat));
        renameSync(aside, place);
      },
      discard() {
        closeSync(fd);
        rmSync(aside, { force: true });
      },
    };
  }

  end(): void {
    rmSync(this.#aside, { recursive: true, force: true });
    for (const [path, stat] of this.#entries) if (stat.linkname !== '' && kindOf(stat.mode) === 'file') this.#link(path, stat.linkname);
    // What is written into a folder changes its time.
    for (const [path, stat] of [...this.#entries].toReversed()) {
      if (kindOf(stat.mode) !== 'directory') continue;
      chmodSync(join(this.#root, path), permissionsOf(stat.mode));
      lutimesSync(join(this.#root, path), ...times(stat));
    }
  }

  #link(path: string, to: string): void {
    const target = this.#entries.get(to);
    if (!target || kindOf(target.mode) !== 'file' || target.linkname !== '') throw new CaissonError('invalid-content', `the client sent the link ${JSON.stringify(path)} to what is no file of its folder`);
    rmSync(join(this.#root, path), { force: true });
    linkSync(join(this.#root, to), join(this.#root, path));
  }

  #stat(path: string): Stats | undefined {
    return lstatSync(join(this.#root, path), { throwIfNoEntry: false });
  }
}

function isSame(here: Stats, { mode }: Stat): boolean {
  switch (kindOf(mode)) {
    case 'file':
      return here.isFile();
    case 'directory':
      return here.isDirectory();
    case 'symlink':
      return here.isSymbolicLink();
    case 'other':
      return false;
  }
}

/** Access and modification, in seconds. */
function times({ modTime }: Stat): [number, number] {
  const seconds = Number(modTime) / 1e9;
  return [seconds, seconds];
}
