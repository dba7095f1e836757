import { createGunzip, createZstdDecompress } from 'node:zlib';
import { CaissonError, systemCode } from '../../errors.js';
import type { LayerCompression } from '../../model/media-type.js';
import { throwIfAborted } from '../../progress.js';
import { exceeded, type LayerLimits, withDefaultLimits } from '../limits.js';
import { detectCompression } from './detect.js';

export interface DecompressOptions {
  readonly limits?: Partial<LayerLimits>;
  readonly signal?: AbortSignal;
}

/** Bytes of a piece of output: large, since each is a round trip to the thread pool. */
const CHUNK = 256 * 1024;

/**
 * The uncompressed bytes of a stream: gzip of one or many members, zstd of one or many frames, or neither; `auto` goes by the first
 * bytes. Decompression runs in the thread pool while the consumer works on what it has.
 * @throws CaissonError `invalid-content` for damaged, truncated or trailing data; `limit-exceeded` for `maxBytes` and `maxRatio`;
 * `unsupported` for bzip2 and xz; `cancelled`. What the source throws goes through.
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  compression: LayerCompression | 'auto' = 'auto',
  options: DecompressOptions = {},
): AsyncGenerator<Buffer, void> {
  const limits = withDefaultLimits(options.limits);
  const input = new Input(source);
  let out = 0;
  try {
    const kind = compression === 'auto' ? detectCompression(await input.head(6)) : compression;
    if (kind === 'bzip2' || kind === 'xz') throw new CaissonError('unsupported', `layers compressed with ${kind} are not supported`);
    for await (const chunk of kind === 'none' ? input.rest() : inflate(input, kind)) {
      throwIfAborted(options.signal);
      out += chunk.length;
      if (out > limits.maxBytes) throw exceeded('maxBytes', `has more than ${limits.maxBytes} bytes`);
      if (out > limits.ratioFloor && out > limits.maxRatio * input.taken) throw exceeded('maxRatio', `expands more than ${limits.maxRatio}-fold`);
      yield chunk;
    }
  } finally {
    await input.close();
  }
}

async function* inflate(input: Input, kind: 'gzip' | 'zstd'): AsyncGenerator<Buffer> {
  let first = true;
  while (first || (await input.peek()) !== undefined) {
    const engine = kind === 'gzip' ? createGunzip({ chunkSize: CHUNK }) : createZstdDecompress({ chunkSize: CHUNK });
    let faulty = false;
    const fed = feed(input, engine).catch((error: unknown) => {
      faulty = true;
      engine.destroy();
      throw error;
    });
    fed.catch(() => {});
    try {
      for await (const chunk of engine as AsyncIterable<Buffer>) yield chunk;
    } catch (error) {
      // Destroying the engine for a fault of the source ends the loop with an error of its own.
      if (faulty) await fed;
      throw damaged(error, kind);
    }
    await fed;
    first = false;
    if (kind === 'gzip') {
      // The engine goes from member to member by itself: what it leaves is padding, as tape blocks had it, or does not belong here.
      for await (const chunk of input.rest()) {
        if (chunk.some((byte) => byte !== 0)) throw new CaissonError('invalid-content', 'the gzip stream has data after its end');
      }
    }
  }
}

/** Feeds the engine until the input ends or the engine has had its last byte; gives back to the input what it left. */
async function feed(input: Input, engine: ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>): Promise<void> {
  let given = 0;
  for (let chunk = await input.next(); chunk !== undefined; chunk = await input.next()) {
    if (chunk.length === 0) continue;
    const data = chunk;
    await new Promise<void>((resolve, reject) => {
      engine.once('close', resolve);
      engine.write(data, (error) => {
        engine.off('close', resolve);
        // The reading side reports it.
        if (error) resolve();
        else if (engine.destroyed && !engine.readableEnded) reject(new CaissonError('cancelled', 'cancelled'));
        else resolve();
      });
    });
    if (engine.destroyed) return;
    given += data.length;
    const left = given - engine.bytesWritten;
    if (left > 0) {
      input.unread(data.subarray(data.length - left));
      break;
    }
  }
  engine.end();
}

function damaged(error: unknown, kind: string): Error {
  const code = systemCode(error);
  if (code === undefined || !/^(?:Z_|ZSTD_)/.test(code)) return error instanceof Error ? error : new Error(String(error));
  const what = code === 'Z_BUF_ERROR' ? 'is cut short' : 'is damaged';
  return new CaissonError('invalid-content', `the ${kind} stream ${what}`, { cause: error });
}

/** An iterator with look-ahead, that counts what it gave out. */
class Input {
  readonly #iterator: AsyncIterator<Uint8Array> | Iterator<Uint8Array>;
  #held: Buffer | undefined;
  #done = false;
  /** Bytes taken from the source. */
  taken = 0;

  constructor(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    this.#iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  }

  async next(): Promise<Buffer | undefined> {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) return held;
    if (this.#done) return undefined;
    const next = await this.#iterator.next();
    if (next.done === true) {
      this.#done = true;
      return undefined;
    }
    this.taken += next.value.length;
    return Buffer.isBuffer(next.value) ? next.value : Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength);
  }

  unread(data: Buffer): void {
    this.#held = this.#held === undefined ? data : Buffer.concat([data, this.#held]);
  }

  /** The next bytes without taking them; undefined at the end. */
  async peek(): Promise<Buffer | undefined> {
    for (;;) {
      const chunk = await this.next();
      if (chunk === undefined) return undefined;
      if (chunk.length === 0) continue;
      this.unread(chunk);
      return chunk;
    }
  }

  /** At least `count` bytes from the start, or all there are. */
  async head(count: number): Promise<Buffer> {
    let head: Buffer = Buffer.alloc(0);
    while (head.length < count) {
      const chunk = await this.next();
      if (chunk === undefined) break;
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    }
    if (head.length > 0) this.unread(head);
    return head;
  }

  async *rest(): AsyncGenerator<Buffer> {
    for (let chunk = await this.next(); chunk !== undefined; chunk = await this.next()) yield chunk;
  }

  async close(): Promise<void> {
    if (this.#done) return;
    this.#done = true;
    await this.#iterator.return?.();
  }
}
