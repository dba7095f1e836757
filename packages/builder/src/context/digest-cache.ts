import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What tells a file's state apart without reading it. Times in milliseconds, with what fraction the host gives. */
export interface FileState {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly ctimeMs: number;
}

const magic = 'caisson-digests1';
const header = 16;
/** dev, ino, size, mtime, ctime as doubles, then the sha256. */
const record = 5 * 8 + 32;
/** A file changed this shortly before it was hashed may change again without its times showing it. */
export const racyMs = 2000;

/**
 * Remembers the digests of a context's files between builds, in one file of fixed-size records. Records are kept in the order in which
 * files were asked for; a walk asks in the same order each time, so that the record wanted is nearly always the next one.
 *
 * A record holds as long as device, inode, size, modification and change time are what they were. The change time cannot be set by
 * programs, so that a file put back with its old modification time is noticed. Files that changed less than two seconds before they
 * were hashed are not kept: within a clock's tick two states look alike.
 */
export class DigestCache {
  readonly #path: string;
  readonly #old: Buffer;
  readonly #oldDoubles: Float64Array;
  readonly #count: number;
  /** Which of the old records were asked for. */
  readonly #asked: Uint8Array;
  #next = 0;
  #byInode: Map<number, number> | undefined;
  /** What will be kept, in order: places of old records, and below zero of new ones. */
  readonly #kept: number[] = [];
  /** The new records. */
  #added = Buffer.alloc(0);
  #addedCount = 0;

  private constructor(path: string, old: Buffer) {
    this.#path = path;
    this.#old = old;
    this.#count = Math.floor(old.length / record);
    this.#oldDoubles = new Float64Array(old.buffer, old.byteOffset, (this.#count * record) / 8);
    this.#asked = new Uint8Array(this.#count);
  }

  /** A missing, damaged or foreign file is an empty cache. */
  static load(path: string): DigestCache {
    try {
      const bytes = readFileSync(path);
      const body = bytes.subarray(header);
      // Doubles must lie on multiples of eight, as they do in a buffer of its own.
      if (bytes.toString('latin1', 0, header) === magic && body.length % record === 0) return new DigestCache(path, body.byteOffset % 8 === 0 ? body : Buffer.from(new Uint8Array(body).buffer));
    } catch {
      // None yet.
    }
    return new DigestCache(path, Buffer.from(new ArrayBuffer(0)));
  }

  /** The digest if the file is as it was, as a binary string of 32 units. */
  get(state: FileState): string | undefined {
    let place = this.#next;
    if (!this.#holds(place, state)) {
      place = this.#find(state);
      if (place < 0) return undefined;
    }
    this.#next = place + 1;
    this.#asked[place] = 1;
    this.#kept.push(place);
    return this.#old.toString('latin1', place * record + 40, (place + 1) * record);
  }

  /** Notes a digest that was computed from content read at `readAt` (milliseconds since 1970, before the first byte was read). */
  put(state: FileState, digest: string, readAt: number): void {
    if (Math.max(state.mtimeMs, state.ctimeMs) > readAt - racyMs) return;
    this.#add(state, digest);
    this.#kept.push(-this.#addedCount);
  }

  /** Writes it back if digests were added. A failure is no one's concern: the cache is a help. */
  save(): void {
    if (this.#addedCount === 0) return;
    this.#keepUnasked();
    const aside = `${this.#path}.${process.pid}.tmp`;
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      const fd = openSync(aside, 'w', 0o600);
      try {
        writeFileSync(fd, magic);
        for (const piece of this.#pieces()) writeFileSync(fd, piece);
      } finally {
        closeSync(fd);
      }
      renameSync(aside, this.#path);
    } catch {
      rmSync(aside, { force: true });
    }
  }

  /** What is kept: of old records that follow one another, one piece. */
  *#pieces(): Generator<Buffer> {
    for (let at = 0; at < this.#kept.length; ) {
      const place = this.#kept[at++] as number;
      if (place < 0) yield this.#added.subarray((-place - 1) * record, -place * record);
      else {
        let end = place + 1;
        while (this.#kept[at] === end) {
          end++;
          at++;
        }
        yield this.#old.subarray(place * record, end * record);
      }
    }
  }

  /** Another target of the same context may ask for the rest again; but files that are gone must not gather for ever. */
  #keepUnasked(): void {
    const limit = 2 * this.#kept.length + 1000;
    for (let place = 0; place < this.#count && this.#kept.length < limit; place++) if (this.#asked[place] !== 1) this.#kept.push(place);
  }

  #holds(place: number, { dev, ino, size, mtimeMs, ctimeMs }: FileState): boolean {
    if (place >= this.#count) return false;
    const at = (place * record) / 8;
    const doubles = this.#oldDoubles;
    return doubles[at + 1] === ino && doubles[at + 4] === ctimeMs && doubles[at + 3] === mtimeMs && doubles[at + 2] === size && doubles[at] === dev;
  }

  #find(state: FileState): number {
    if (this.#count === 0) return -1;
    if (!this.#byInode) {
      this.#byInode = new Map();
      for (let place = 0; place < this.#count; place++) this.#byInode.set(this.#oldDoubles[(place * record) / 8 + 1] as number, place);
    }
    const place = this.#byInode.get(state.ino);
    return place !== undefined && this.#holds(place, state) ? place : -1;
  }

  #add({ dev, ino, size, mtimeMs, ctimeMs }: FileState, digest: string): void {
    const at = this.#addedCount * record;
    if (at + record > this.#added.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(256 * record, this.#added.length * 2));
      this.#added.copy(larger);
      this.#added = larger;
    }
    const added = this.#added;
    added.writeDoubleLE(dev, at);
    added.writeDoubleLE(ino, at + 8);
    added.writeDoubleLE(size, at + 16);
    added.writeDoubleLE(mtimeMs, at + 24);
    added.writeDoubleLE(ctimeMs, at + 32);
    added.write(digest, at + 40, 32, 'latin1');
    this.#addedCount++;
  }
}
