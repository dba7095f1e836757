import { closeSync, constants, openSync, readSync } from 'node:fs';
import { CaissonError, fromSystemError } from '../../errors.js';
import type { TarEntry } from '../entry.js';
import { baseName, displayPath, type RawPath } from '../raw-path.js';
import { BLOCK, encodeHeader, flags, MAX_OCTAL_12, MAX_OCTAL_8, type TarHeader, typeFlags } from './header.js';
import { formatPaxTime } from './numbers.js';
import { formatPax, xattrKey } from './pax.js';

/** Takes the archive's bytes. The chunk is reused once this returns: use it up or copy it. */
export type TarSink = (chunk: Uint8Array) => void;

export interface TarWriterOptions {
  /** Bytes gathered before the sink is called; default 1 MiB. */
  readonly bufferSize?: number;
  /** Called with the bytes of each file's content as they are written, for a digest of their own; reused like the sink's. */
  readonly onContent?: (chunk: Uint8Array) => void;
}

/**
 * Writes a tar archive, synchronously and in the order of the calls: `add` (or `addFile`, or `begin`, `write`…, `end`) for each entry,
 * then `finish`. Headers and contents are gathered in one buffer, so that the sink sees few, large chunks.
 *
 * The format is ustar, with a PAX header in front only where a value does not fit: long names, large numbers, sub-second or negative
 * times, xattrs. Names are written as their bytes, whatever these are. No user or group names, no access times: equal entries give
 * equal bytes on every host.
 */
export class TarWriter {
  readonly #sink: TarSink;
  readonly #buffer: Buffer;
  readonly #onContent: ((chunk: Uint8Array) => void) | undefined;
  #used = 0;
  #flushed = 0;
  #left = 0;
  #padding = 0;

  constructor(sink: TarSink, options: TarWriterOptions = {}) {
    this.#sink = sink;
    // Room for a header at least, and a whole number of blocks.
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(Math.ceil((options.bufferSize ?? 2 ** 20) / BLOCK), 4) * BLOCK);
    this.#onContent = options.onContent;
  }

  /** Bytes of archive written so far. */
  get position(): number {
    return this.#flushed + this.#used;
  }

  /** Writes an entry with the whole of its content. Returns where in the archive the content begins. */
  add(entry: TarEntry, content?: Uint8Array): number {
    const offset = this.begin(entry);
    if (content !== undefined) this.write(content);
    this.end();
    return offset;
  }

  /**
   * Writes a file entry with the content of a file, by path or open descriptor (read from its position on, not closed).
   * @throws CaissonError `invalid-content` when it does not have `entry.size` bytes, as when it is being written to meanwhile.
   */
  addFile(entry: TarEntry, source: string | Buffer | number): number {
    const parts = this.addFileInParts(entry, source);
    for (;;) {
      const { done, value } = parts.next();
      if (done === true) return value;
    }
  }

  /** As `addFile`, with a pause after each buffer that was filled: go through all of it. */
  *addFileInParts(entry: TarEntry, source: string | Buffer | number): Generator<void, number> {
    let fd: number;
    try {
      fd = typeof source === 'number' ? source : openSync(source, OPEN);
    } catch (error) {
      throw fromSystemError(error, `reading ${displayPath(entry.path)}`);
    }
    try {
      const offset = this.begin(entry);
      while (this.#copy(fd, entry)) yield;
      this.end();
      return offset;
    } finally {
      if (typeof source !== 'number') closeSync(fd);
    }
  }

  /** Writes an entry's header; `entry.size` bytes must follow. Returns where in the archive they begin. */
  begin(entry: TarEntry): number {
    if (this.#left > 0) throw new CaissonError('internal', 'the entry before was not ended');
    const size = entry.type === 'file' ? entry.size : 0;
    this.#header(entry, size);
    this.#left = size;
    this.#padding = (BLOCK - (size % BLOCK)) % BLOCK;
    return this.position;
  }

  /** Writes a part of the content of the entry that was begun. */
  write(content: Uint8Array): void {
    if (content.length > this.#left) throw new CaissonError('internal', 'more content than the entry has bytes');
    this.#left -= content.length;
    this.#onContent?.(content);
    this.#raw(content);
  }

  end(): void {
    if (this.#left > 0) throw new CaissonError('internal', `${this.#left} bytes of the entry's content are missing`);
    this.#zeros(this.#padding);
    this.#padding = 0;
  }

  /** Writes the end marker (two zero blocks) and hands the rest to the sink. */
  finish(): void {
    this.#zeros(2 * BLOCK);
    this.#flush();
  }

  #header(entry: TarEntry, size: number): void {
    const records = new Map<string, string | Uint8Array>();
    const stored = entry.type === 'directory' ? `${entry.path === '' ? '.' : entry.path}/` : entry.path;
    let name = stored;
    let prefix = '';
    if (name.length > 100) {
      const split = splitName(name);
      if (split === undefined) {
        records.set('path', name);
        name = name.slice(0, 100);
      } else [prefix, name] = split;
    }
    const linkname = entry.linkname.length > 100 ? entry.linkname.slice(0, 100) : entry.linkname;
    if (linkname !== entry.linkname) records.set('linkpath', entry.linkname);
    if (entry.mtimeNs !== 0 || entry.mtime < 0 || entry.mtime > MAX_OCTAL_12) records.set('mtime', formatPaxTime(entry.mtime, entry.mtimeNs));
    if (entry.devmajor > MAX_OCTAL_8 || entry.devminor > MAX_OCTAL_8) {
      throw new CaissonError('invalid-argument', `the device number of ${displayPath(entry.path)} does not fit into an archive`);
    }
    if (entry.xattrs !== undefined) for (const [key, value] of entry.xattrs) records.set(xattrKey(key), value);
    if (entry.windows !== undefined) for (const [key, value] of entry.windows) records.set(key, value);
    const header: TarHeader = {
      name,
      mode: entry.mode & 0o7777,
      uid: fits(records, 'uid', entry.uid, MAX_OCTAL_8),
      gid: fits(records, 'gid', entry.gid, MAX_OCTAL_8),
      size: fits(records, 'size', size, MAX_OCTAL_12),
      mtime: Math.min(Math.max(entry.mtime, 0), MAX_OCTAL_12),
      flag: typeFlags[entry.type],
      linkname,
      devmajor: entry.devmajor,
      devminor: entry.devminor,
    };
    if (records.size > 0) this.#pax(records, entry.path);
    this.#block(header, prefix);
  }

  #pax(records: ReadonlyMap<string, string | Uint8Array>, path: RawPath): void {
    const data = formatPax(records);
    const name = `PaxHeaders.0/${baseName(path).slice(0, 80)}`;
    this.#block({ name, mode: 0o644, uid: 0, gid: 0, size: data.length, mtime: 0, flag: flags.paxLocal, linkname: '', devmajor: 0, devminor: 0 }, '');
    this.#raw(data);
    this.#zeros((BLOCK - (data.length % BLOCK)) % BLOCK);
  }

  #block(header: TarHeader, prefix: RawPath): void {
    if (this.#used + BLOCK > this.#buffer.length) this.#flush();
    encodeHeader(this.#buffer, this.#used, header, prefix);
    this.#used += BLOCK;
  }

  /** Whether more is to come. */
  #copy(fd: number, entry: TarEntry): boolean {
    if (this.#used === this.#buffer.length) this.#flush();
    // One byte more than is due: a file that grew shows itself without another call, and a short read is its end.
    const wanted = Math.min(this.#left + 1, this.#buffer.length - this.#used);
    const count = this.#read(fd, wanted, entry);
    if (count > this.#left) throw changed(entry, 'grew');
    if (count === 0 && this.#left > 0) throw changed(entry, 'shrank');
    this.#onContent?.(this.#buffer.subarray(this.#used, this.#used + count));
    this.#used += count;
    this.#left -= count;
    return this.#left > 0 || count === wanted;
  }

  #read(fd: number, wanted: number, entry: TarEntry): number {
    try {
      return readSync(fd, this.#buffer, this.#used, wanted, null);
    } catch (error) {
      throw fromSystemError(error, `reading ${displayPath(entry.path)}`);
    }
  }

  #raw(data: Uint8Array): void {
    let at = 0;
    while (at < data.length) {
      if (this.#used === this.#buffer.length) this.#flush();
      const count = Math.min(data.length - at, this.#buffer.length - this.#used);
      this.#buffer.set(count === data.length ? data : data.subarray(at, at + count), this.#used);
      this.#used += count;
      at += count;
    }
  }

  #zeros(count: number): void {
    let left = count;
    while (left > 0) {
      if (this.#used === this.#buffer.length) this.#flush();
      const part = Math.min(left, this.#buffer.length - this.#used);
      this.#buffer.fill(0, this.#used, this.#used + part);
      this.#used += part;
      left -= part;
    }
  }

  #flush(): void {
    if (this.#used === 0) return;
    const used = this.#used;
    this.#flushed += used;
    this.#used = 0;
    this.#sink(this.#buffer.subarray(0, used));
  }
}

// A FIFO that took the file's place must not make this wait.
const OPEN = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Notes a number that does not fit its field as a PAX record, and gives what goes into the field instead. */
function fits(records: Map<string, string | Uint8Array>, key: string, value: number, max: number): number {
  if (value >= 0 && value <= max) return value;
  records.set(key, String(value));
  return 0;
}

/** Splits at a slash so that both parts fit ustar's fields, at the last that does: readers join them with a slash. */
function splitName(name: RawPath): [prefix: RawPath, name: RawPath] | undefined {
  if (name.length > 256) return undefined;
  // Not at a directory's closing slash.
  const slash = name.lastIndexOf('/', Math.min(155, name.length - 2));
  if (slash <= 0 || name.length - slash - 1 > 100) return undefined;
  return [name.slice(0, slash), name.slice(slash + 1)];
}

function changed(entry: TarEntry, how: string): CaissonError {
  return new CaissonError('invalid-content', `${displayPath(entry.path)} ${how} while it was being read`, {
    hint: 'stop what writes to it, or leave it out',
  });
}
