import { CaissonError } from '../../errors.js';
import type { TarEntry } from '../entry.js';
import { exceeded, type LayerLimits, withDefaultLimits } from '../limits.js';
import { BLOCK, decodeHeader, flags, isZeroBlock, type TarHeader } from './header.js';
import { EntryMetadata } from './metadata.js';
import { readNumber } from './numbers.js';
import { checkSparse, DataMap, readGnuPieces, type SparseMap } from './sparse.js';

/**
 * Told of an archive's entries as they are read: `entry`, then for files `data` and `hole` until `entry.size` bytes are told of, then
 * `endEntry`. A chunk is a view into what was fed to the reader: use it up or copy it.
 */
export interface TarHandler {
  /** `offset` is where in the archive the content begins; `sparse` says which parts of the file lie there, for sparse files. */
  entry(entry: TarEntry, offset: number, sparse: SparseMap | undefined): void;
  data(chunk: Buffer): void;
  /** `length` zero bytes that the archive does not hold; a long hole comes in several calls. */
  hole(length: number): void;
  endEntry(): void;
}

export interface TarReaderOptions {
  readonly limits?: Partial<LayerLimits>;
  /** Refuse an archive without the two closing zero blocks. Some tools leave them out, so that layers are read without. */
  readonly requireEnd?: boolean;
}

type State = 'header' | 'meta' | 'gnu-map' | 'data-map' | 'data' | 'hole' | 'padding' | 'trailer';

/** Of a hole, so much is told of at once: who hashes it is busy for some 10 ms. */
const HOLE_STEP = 16 * 2 ** 20;

/**
 * Reads a tar archive that is fed to it in chunks of any size: `write` for each, then `end`. Understands ustar, PAX, GNU's long names
 * and large numbers, and all of GNU's sparse formats.
 *
 * Names and metadata are told as they stand in the archive; whether they are harmless is for the handler to judge (see `cleanPath`).
 * Throws CaissonError `invalid-content` for what breaks the format, is cut short or has data after its end, and `limit-exceeded`; the
 * reader is of no use then. What the handler throws goes through.
 */
export class TarReader {
  readonly #handler: TarHandler;
  readonly #limits: LayerLimits;
  readonly #requireEnd: boolean;
  readonly #metadata: EntryMetadata;
  readonly #block = Buffer.allocUnsafeSlow(BLOCK);
  #filled = 0;
  #state: State = 'header';
  #zeroBlocks = 0;
  #entries = 0;
  #content = 0;
  /** Bytes that the current state still has to consume, and those after them up to the next block. */
  #left = 0;
  #padding = 0;
  #header: TarHeader | undefined;
  #meta: { flag: number; data: Buffer; filled: number } | undefined;
  #gnuMap: number[] = [];
  #gnuSize = 0;
  #dataMap: DataMap | undefined;
  #pending: TarEntry | undefined;
  #sparse: SparseMap | undefined;
  #sparseIndex = 0;
  #sparseAt = 0;
  #holeEnd = 0;
  #size = 0;
  /** Bytes of archive consumed so far. */
  offset = 0;

  constructor(handler: TarHandler, options: TarReaderOptions = {}) {
    this.#handler = handler;
    this.#limits = withDefaultLimits(options.limits);
    this.#requireEnd = options.requireEnd ?? false;
    this.#metadata = new EntryMetadata(this.#limits);
  }

  write(data: Uint8Array): void {
    for (const _ of this.parts(data));
  }

  /**
   * As `write`, with a pause after each part of a hole: a few bytes of archive can stand for hours of zeros. Go through all of it before
   * the next chunk.
   */
  *parts(data: Uint8Array): Generator<void, void> {
    const chunk = Buffer.isBuffer(data) ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    if (this.offset + chunk.length > this.#limits.maxBytes) throw exceeded('maxBytes', `has more than ${this.#limits.maxBytes} bytes`);
    let at = 0;
    while (at < chunk.length || this.#state === 'hole') {
      const before = at;
      switch (this.#state) {
        case 'data':
          at = this.#readData(chunk, at);
          break;
        case 'hole':
          this.#readHole();
          yield;
          break;
        case 'padding':
          at += Math.min(this.#padding, chunk.length - at);
          this.#padding -= at - before;
          if (this.#padding === 0) this.#state = 'header';
          break;
        case 'meta':
          at = this.#readMeta(chunk, at);
          break;
        default:
          at = this.#readBlock(chunk, at);
      }
      this.offset += at - before;
    }
  }

  end(): void {
    const between = this.#state === 'header' && this.#filled === 0 && this.#zeroBlocks === 0 && !this.#metadata.pending;
    if (this.#state === 'trailer' || (between && !this.#requireEnd)) return;
    // One zero block and nothing after it is an end too: some tools write no more.
    if (this.#state === 'header' && this.#filled === 0 && this.#zeroBlocks > 0 && !this.#requireEnd) return;
    throw new CaissonError('invalid-content', 'the archive is cut short');
  }

  #readBlock(chunk: Buffer, at: number): number {
    if (this.#filled === 0 && chunk.length - at >= BLOCK) {
      this.#takeBlock(chunk, at);
      return at + BLOCK;
    }
    const count = Math.min(BLOCK - this.#filled, chunk.length - at);
    chunk.copy(this.#block, this.#filled, at, at + count);
    this.#filled += count;
    if (this.#filled === BLOCK) {
      this.#filled = 0;
      this.#takeBlock(this.#block, 0);
    }
    return at + count;
  }

  #takeBlock(block: Buffer, at: number): void {
    switch (this.#state) {
      case 'header':
        return this.#takeHeader(block, at);
      case 'gnu-map':
        this.#metadata.reserve(BLOCK);
        if (!readGnuPieces(block, at, 21, this.#gnuMap)) this.#begin(this.#header!, { map: this.#gnuMap, size: this.#gnuSize });
        return;
      case 'data-map':
        return this.#takeDataMap(block, at);
      default:
        if (!isZeroBlock(block, at)) throw new CaissonError('invalid-content', 'the archive has data after its end');
    }
  }

  #takeHeader(block: Buffer, at: number): void {
    if (isZeroBlock(block, at)) {
      if (this.#metadata.pending) throw new CaissonError('invalid-content', 'the archive has an extended header without an entry');
      if (++this.#zeroBlocks === 2) this.#state = 'trailer';
      return;
    }
    if (this.#zeroBlocks > 0) throw new CaissonError('invalid-content', 'the archive has data after its end');
    if (++this.#entries > this.#limits.maxEntries) throw exceeded('maxEntries', `has more than ${this.#limits.maxEntries} entries`);
    const header = decodeHeader(block, at);
    const { flag, size } = header;
    if (flag === flags.paxLocal || flag === flags.paxGlobal || flag === flags.gnuLongName || flag === flags.gnuLongLink) {
      if (size < 0) throw new CaissonError('invalid-content', 'the archive has an extended header of negative size');
      this.#metadata.reserve(size + BLOCK);
      this.#meta = { flag, data: Buffer.allocUnsafe(size), filled: 0 };
      this.#padding = padding(size);
      this.#state = size > 0 ? 'meta' : 'header';
      if (size === 0) this.#metadata.add(flag, this.#meta.data);
    } else if (flag === flags.gnuSparse) {
      this.#header = header;
      this.#gnuMap = [];
      this.#gnuSize = readNumber(block, at + 483, 12, 'sparse size');
      if (readGnuPieces(block, at, 4, this.#gnuMap)) this.#state = 'gnu-map';
      else this.#begin(header, { map: this.#gnuMap, size: this.#gnuSize });
    } else this.#begin(header, undefined);
  }

  #readMeta(chunk: Buffer, at: number): number {
    const meta = this.#meta!;
    const count = Math.min(meta.data.length - meta.filled, chunk.length - at);
    chunk.copy(meta.data, meta.filled, at, at + count);
    meta.filled += count;
    if (meta.filled === meta.data.length) {
      this.#metadata.add(meta.flag, meta.data);
      this.#meta = undefined;
      this.#state = this.#padding > 0 ? 'padding' : 'header';
    }
    return at + count;
  }

  #begin(header: TarHeader, gnuSparse: { map: SparseMap; size: number } | undefined): void {
    const { entry, stored, sparse } = this.#metadata.build(header, gnuSparse);
    const { maxPathBytes, maxDepth, maxBytes } = this.#limits;
    if (entry.path.length > maxPathBytes || entry.linkname.length > maxPathBytes) throw exceeded('maxPathBytes', 'has too long a name');
    if (entry.path.length > maxDepth && depth(entry.path) > maxDepth) throw exceeded('maxDepth', 'has too deep a folder');
    if (entry.type === 'file') this.#content += entry.size;
    if (this.#content > maxBytes) throw exceeded('maxBytes', `holds more than ${maxBytes} bytes`);
    this.#left = stored;
    this.#padding = padding(stored);
    this.#size = entry.size;
    if (sparse === 'in-data') {
      this.#pending = entry;
      this.#dataMap = new DataMap();
      this.#state = 'data-map';
      return;
    }
    if (sparse !== undefined) checkSparse(sparse, entry.size, stored);
    this.#start(entry, sparse);
  }

  #takeDataMap(block: Buffer, at: number): void {
    this.#left -= BLOCK;
    if (this.#left < 0) throw new CaissonError('invalid-content', 'the archive has a malformed map of a sparse file');
    this.#metadata.reserve(BLOCK);
    const map = this.#dataMap!.add(block.toString('latin1', at, at + BLOCK));
    if (map === undefined) return;
    this.#metadata.release();
    checkSparse(map, this.#size, this.#left);
    this.#start(this.#pending!, map);
    this.#pending = undefined;
  }

  #start(entry: TarEntry, sparse: SparseMap | undefined): void {
    // `offset` does not count the block at hand yet, or just those parts of it that came in earlier chunks.
    const offset = (Math.floor(this.offset / BLOCK) + 1) * BLOCK;
    this.#handler.entry(entry, offset, sparse);
    this.#sparse = sparse;
    this.#sparseIndex = 0;
    this.#sparseAt = 0;
    this.#state = 'data';
    if (this.#left === 0) this.#finishEntry();
  }

  #readData(chunk: Buffer, at: number): number {
    let count = Math.min(this.#left, chunk.length - at);
    if (this.#sparse !== undefined) {
      const start = this.#sparse[this.#sparseIndex] ?? 0;
      const end = start + (this.#sparse[this.#sparseIndex + 1] ?? 0);
      if (this.#sparseAt < start) {
        this.#holeEnd = start;
        this.#state = 'hole';
        return at;
      }
      count = Math.min(count, end - this.#sparseAt);
      this.#sparseAt += count;
      if (this.#sparseAt === end) this.#sparseIndex += 2;
    }
    if (count > 0) this.#handler.data(chunk.subarray(at, at + count));
    this.#left -= count;
    if (this.#left === 0) this.#finishEntry();
    return at + count;
  }

  #readHole(): void {
    const length = Math.min(this.#holeEnd - this.#sparseAt, HOLE_STEP);
    this.#handler.hole(length);
    this.#sparseAt += length;
    if (this.#sparseAt < this.#holeEnd) return;
    if (this.#left === 0) this.#finishEntry();
    else this.#state = 'data';
  }

  #finishEntry(): void {
    if (this.#sparse !== undefined && this.#sparseAt < this.#size) {
      this.#holeEnd = this.#size;
      this.#state = 'hole';
      return;
    }
    this.#sparse = undefined;
    this.#handler.endEntry();
    this.#state = this.#padding > 0 ? 'padding' : 'header';
  }
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function depth(path: string): number {
  let count = 0;
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) count++;
  return count;
}
