import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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
  #kept: Buffer;
  #keptCount = 0;
  #changed = false;

  private constructor(path: string, old: Buffer) {
    this.#path = path;
    this.#old = old;
    this.#count = Math.floor(old.length / record);
    this.#oldDoubles = new Float64Array(old.buffer, old.byteOffset, (this.#count * record) / 8);
    this.#asked = new Uint8Array(this.#count);
    this.#kept = Buffer.allocUnsafeSlow(Math.max(this.#count + 16, 256) * record);
  }

  /** A missing, damaged or foreign file is an empty cache. */
  static load(path: string): DigestCache {
    try {
      const bytes = readFileSync(path);
      const body = bytes.length - header;
      if (bytes.toString('latin1', 0, header) === magic && body % record === 0) {
        // Doubles must lie on multiples of eight.
        const aligned = Buffer.from(new ArrayBuffer(body));
        bytes.copy(aligned, 0, header);
        return new DigestCache(path, aligned);
      }
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
    const digest = this.#old.toString('latin1', place * record + 40, (place + 1) * record);
    this.#asked[place] = 1;
    this.#keep(state, digest);
    return digest;
  }

  /** Notes a digest that was computed from content read at `readAt` (milliseconds since 1970, before the first byte was read). */
  put(state: FileState, digest: string, readAt: number): void {
    if (Math.max(state.mtimeMs, state.ctimeMs) > readAt - racyMs) return;
    this.#changed = true;
    this.#keep(state, digest);
  }

  /** Writes it back if digests were added. A failure is no one's concern: the cache is a help. */
  save(): void {
    if (!this.#changed) return;
    this.#keepUnasked();
    const aside = `${this.#path}.${process.pid}.tmp`;
    try {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      writeFileSync(aside, Buffer.concat([Buffer.from(magic, 'latin1'), this.#kept.subarray(0, this.#keptCount * record)]), { mode: 0o600 });
      renameSync(aside, this.#path);
    } catch {
      rmSync(aside, { force: true });
    }
    this.#changed = false;
  }

  /** Another target of the same context may ask for the rest again; but files that are gone must not gather for ever. */
  #keepUnasked(): void {
    const limit = 2 * this.#keptCount + 1000;
    for (let place = 0; place < this.#count && this.#keptCount < limit; place++) {
      if (this.#asked[place] === 1) continue;
      const at = (place * record) / 8;
      const [dev = 0, ino = 0, size = 0, mtimeMs = 0, ctimeMs = 0] = this.#oldDoubles.subarray(at, at + 5);
      this.#keep({ dev, ino, size, mtimeMs, ctimeMs }, this.#old.toString('latin1', place * record + 40, (place + 1) * record));
    }
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

  #keep({ dev, ino, size, mtimeMs, ctimeMs }: FileState, digest: string): void {
    const at = this.#keptCount * record;
    if (at + record > this.#kept.length) {
      const larger = Buffer.allocUnsafeSlow(this.#kept.length * 2);
      this.#kept.copy(larger);
      this.#kept = larger;
    }
    const kept = this.#kept;
    kept.writeDoubleLE(dev, at);
    kept.writeDoubleLE(ino, at + 8);
    kept.writeDoubleLE(size, at + 16);
    kept.writeDoubleLE(mtimeMs, at + 24);
    kept.writeDoubleLE(ctimeMs, at + 32);
    kept.write(digest, at + 40, 32, 'latin1');
    this.#keptCount++;
  }
}
