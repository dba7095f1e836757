import { closeSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { fsPath, sha256, type Digest, type RawPath } from '@caisson/core';
import { racyMs, type FileState } from './digest-cache.js';

/** What a walk looked at: a file, link or folder, and the state it was in. */
export interface Seen extends FileState {
  readonly path: RawPath;
}

const magic = 'caisson-walk-001';
/** dev, ino, size, mtime, ctime as doubles. */
const fields = 5;
const keptRecords = 8;

/**
 * Remembers what walks through contexts came to. Where each file, link and folder that a walk looked at is as it was, the same walk comes
 * to the same again: folders whose times are the same have the same names in them. So a build in which nothing changed asks for the state of
 * each file, and does nothing else with it. As with the cache of digests, states younger than two seconds are not gone by.
 */
export class WalkRecords {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What the walk of this name through the folder `root` came to, if it would come to the same now. */
  find(root: RawPath, name: string): Digest | undefined {
    let bytes: Buffer;
    try {
      bytes = readFileSync(this.#path(root, name));
    } catch {
      return undefined;
    }
    if (bytes.toString('latin1', 0, magic.length) !== magic) return undefined;
    const count = bytes.readUInt32LE(magic.length);
    const digestAt = magic.length + 8;
    const statesAt = digestAt + 72;
    const pathsAt = statesAt + count * fields * 8;
    if (bytes.length < pathsAt) return undefined;
    const states = new Float64Array(bytes.buffer.slice(bytes.byteOffset + statesAt, bytes.byteOffset + pathsAt));
    const paths = bytes.toString('latin1', pathsAt).split('\0');
    if (paths.length !== count) return undefined;
    for (let i = 0; i < count; i++) if (!isAt(states, i * fields, statsOf(root, paths[i] as RawPath))) return undefined;
    return bytes.toString('latin1', digestAt, digestAt + 71) as Digest;
  }

  /** `begun`: milliseconds since 1970, before the first was looked at. A failure is no one's concern: the record is a help. */
  save(root: RawPath, name: string, seen: readonly Seen[], digest: Digest, begun: number): void {
    if (seen.some(({ mtimeMs, ctimeMs }) => Math.max(mtimeMs, ctimeMs) > begun - racyMs)) return;
    const states = new Float64Array(seen.length * fields);
    for (const [i, { dev, ino, size, mtimeMs, ctimeMs }] of seen.entries()) {
      const at = i * fields;
      states[at] = dev;
      states[at + 1] = ino;
      states[at + 2] = size;
      states[at + 3] = mtimeMs;
      states[at + 4] = ctimeMs;
    }
    const count = Buffer.alloc(8);
    count.writeUInt32LE(seen.length);
    const path = this.#path(root, name);
    const aside = `${path}.${process.pid}.tmp`;
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      const fd = openSync(aside, 'w', 0o600);
      try {
        for (const piece of [Buffer.from(magic), count, Buffer.from(`${digest} `), Buffer.from(states.buffer)]) writeFileSync(fd, piece);
        for (let from = 0; from < seen.length; from += 1000) writeFileSync(fd, `${from === 0 ? '' : '\0'}${seen.slice(from, from + 1000).map((file) => file.path).join('\0')}`, 'latin1');
      } finally {
        closeSync(fd);
      }
      renameSync(aside, path);
      this.#prune();
    } catch {
      rmSync(aside, { force: true });
    }
  }

  /** Keeps the latest. */
  #prune(): void {
    const names = readdirSync(this.#folder);
    if (names.length <= keptRecords) return;
    const aged = names.map((name) => ({ name, time: statSync(join(this.#folder, name), { throwIfNoEntry: false })?.mtimeMs ?? 0 })).sort((a, b) => b.time - a.time);
    for (const { name } of aged.slice(keptRecords)) rmSync(join(this.#folder, name), { force: true });
  }

  #path(root: RawPath, name: string): string {
    return join(this.#folder, sha256(`${root}\0${name}`).slice('sha256:'.length, 39));
  }
}

function statsOf(root: RawPath, path: RawPath): Stats | undefined {
  try {
    return lstatSync(fsPath(path === '' ? root : `${root}/${path}`), { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Sizes count for files only, and are 0 for all else here. */
function isAt(states: Float64Array, at: number, now: Stats | undefined): boolean {
  if (!now) return false;
  const size = states[at + 2];
  return states[at + 1] === now.ino && states[at + 4] === now.ctimeMs && states[at + 3] === now.mtimeMs && (size === now.size || size === 0) && states[at] === now.dev;
}
