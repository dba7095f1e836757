import { constants, crc32, deflateRaw, deflateRawSync } from 'node:zlib';
import { defaultConcurrency, inBlocks, inOrder } from './ordered.js';

export interface CompressOptions {
  /** gzip 0 to 9, default 4: four times as fast as 6 on source code, and a tenth larger; zstd 1 to 19, default 3. */
  readonly level?: number;
  /** Pieces compressed at once; default one more than there are processors. Output does not depend on it. */
  readonly concurrency?: number;
}

const BLOCK = 1024 * 1024;
const WINDOW = 32 * 1024;
const HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]); // no name, no time, system unknown
const LAST_BLOCK = Buffer.from([0x03, 0x00]);
const MAX_STORED = 65535;

/**
 * A gzip stream of the source, compressed in parallel in the thread pool: each megabyte on its own, primed with the 32 KiB before it,
 * and ended on a byte boundary, so that the pieces join to one ordinary member. Pieces that would not shrink are stored as they are.
 * Equal input and level give equal output with one build of zlib, whatever the concurrency.
 */
export async function* gzip(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, options: CompressOptions = {}): AsyncGenerator<Buffer, void> {
  const level = options.level ?? 4;
  let crc = 0;
  let size = 0;
  async function* pieces(): AsyncGenerator<Piece> {
    let dictionary: Buffer | undefined;
    for await (const block of inBlocks(source, BLOCK)) {
      crc = crc32(block, crc);
      size += block.length;
      yield { block, dictionary };
      dictionary = block.length >= WINDOW ? block.subarray(block.length - WINDOW) : undefined;
    }
  }
  yield HEADER;
  for await (const parts of inOrder(pieces(), options.concurrency ?? defaultConcurrency, (piece) => compress(piece, level))) yield* parts;
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield LAST_BLOCK;
  yield trailer;
}

interface Piece {
  readonly block: Buffer;
  readonly dictionary: Buffer | undefined;
}

function compress({ block, dictionary }: Piece, level: number): Promise<Buffer[]> {
  if (level === 0 || !shrinks(block)) return Promise.resolve(stored(block));
  return new Promise((resolve, reject) => {
    const options = {
      level,
      finishFlush: constants.Z_SYNC_FLUSH,
      // Room for what most pieces become: another round trip to the thread pool costs less than memory for the worst case of each.
      chunkSize: Math.ceil(block.length / 2) + 1024,
      ...(dictionary === undefined ? {} : { dictionary }),
    };
    deflateRaw(block, options, (error, result) => (error === null ? resolve([result]) : reject(error)));
  });
}

/** Deflate's stored blocks (RFC 1951, 3.2.4): three bits and padding, the length, its complement, and the bytes. */
function stored(block: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < block.length; at += MAX_STORED) {
    const data = block.subarray(at, at + MAX_STORED);
    const head = Buffer.alloc(5);
    head.writeUInt16LE(data.length, 1);
    head.writeUInt16LE(data.length ^ 0xffff, 3);
    parts.push(head, data);
  }
  return parts;
}

/** Compresses samples from across the block at the lowest level. Where they save less than 3 %, so would the whole. */
function shrinks(block: Buffer): boolean {
  const sample = 4096;
  if (block.length < 16 * sample) return true;
  const step = Math.floor((block.length - sample) / 3);
  const samples = Buffer.concat([0, 1, 2, 3].map((i) => block.subarray(i * step, i * step + sample)));
  return deflateRawSync(samples, { level: 1 }).length < samples.length * 0.97;
}
