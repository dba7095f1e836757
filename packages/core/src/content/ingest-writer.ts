import { createHash } from 'node:crypto';
import { link, mkdir, open, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CaissonError, fromSystemError, systemCode } from '../errors.js';
import type { Descriptor } from '../model/descriptor.js';
import { digestAlgorithm, type Digest } from '../model/digest.js';
import type { ContentWriter } from './content-store.js';

/** Smaller blobs are not worth keeping half-done. */
const keepFrom = 1024 * 1024;

interface IngestPlace {
  /** Of the file aside. */
  readonly path: string;
  /** Held until the writer is closed. */
  readonly lock: Disposable;
  readonly target: (digest: Digest) => string;
  readonly expected: Pick<Descriptor, 'digest' | 'size'> | undefined;
  /** Of the blob, as far as the process's mask lets it. */
  readonly mode: number;
  /** The store's, where it is one of the user's choosing. */
  readonly folder: string | undefined;
}

/** Writes one blob into a file aside, hashing as it goes, and links it to its name when it is whole. */
export class IngestWriter implements ContentWriter {
  readonly #path: string;
  readonly #file: FileHandle;
  readonly #lock: Disposable;
  readonly #target: (digest: Digest) => string;
  readonly #expected: Pick<Descriptor, 'digest' | 'size'> | undefined;
  readonly #folder: string | undefined;
  readonly #algorithm: 'sha256' | 'sha512';
  #hash;
  #offset = 0;
  #closed = false;

  private constructor({ path, lock, target, expected, folder }: IngestPlace, file: FileHandle) {
    this.#path = path;
    this.#file = file;
    this.#lock = lock;
    this.#target = target;
    this.#expected = expected;
    this.#folder = folder;
    this.#algorithm = expected ? digestAlgorithm(expected.digest) : 'sha256';
    this.#hash = createHash(this.#algorithm);
  }

  static async open(place: IngestPlace): Promise<IngestWriter> {
    const { path, expected, mode } = place;
    // Killed after it had published the blob and before it took this name away: the file is the blob's own, and not to be touched again.
    if (((await stat(path).catch(() => undefined))?.nlink ?? 1) > 1) await rm(path, { force: true });
    const file = await open(path, expected ? 'a+' : 'w+', mode);
    const writer = new IngestWriter(place, file);
    await writer.#takeUp();
    return writer;
  }

  /** Hashes what an earlier writer left, to go on behind it. */
  async #takeUp(): Promise<void> {
    const { size } = await this.#file.stat();
    if (size === 0) return;
    if (this.#expected && size > this.#expected.size) return this.truncate();
    const buffer = Buffer.allocUnsafe(1024 * 1024);
    for (;;) {
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, this.#offset);
      if (bytesRead === 0) return;
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#offset += bytesRead;
    }
  }

  get offset(): number {
    return this.#offset;
  }

  async write(data: Uint8Array): Promise<void> {
    const { size, digest } = this.#expected ?? {};
    if (size !== undefined && this.#offset + data.byteLength > size) {
      await this.#discard();
      throw new CaissonError('digest-mismatch', `the blob ${digest} is larger than the ${size} bytes it should have`);
    }
    try {
      // Hashing and writing overlap: the write runs in the thread pool.
      const written = this.#file.appendFile(data);
      this.#hash.update(data);
      await written;
    } catch (error) {
      const told = fromSystemError(error, `writing the blob ${digest ?? this.#path}`, this.#folder);
      // On a full disk, what there is of it would only keep others from going on.
      if (told.code === 'no-space') await this.#discard();
      throw told;
    }
    this.#offset += data.byteLength;
  }

  async truncate(): Promise<void> {
    await this.#file.truncate(0);
    this.#hash = createHash(this.#algorithm);
    this.#offset = 0;
  }

  async commit(): Promise<Digest> {
    const digest = `${this.#algorithm}:${this.#hash.digest('hex')}` as Digest;
    const expected = this.#expected;
    if (expected && (expected.digest !== digest || expected.size !== this.#offset)) {
      await this.#discard();
      throw new CaissonError(
        'digest-mismatch',
        expected.size === this.#offset ? `content does not match its digest: ${expected.digest} was asked for, ${digest} came` : `the blob ${expected.digest} should have ${expected.size} bytes and has ${this.#offset}`,
      );
    }
    try {
      await this.#file.sync();
      await publish(this.#path, this.#target(digest));
      await this.#close();
    } catch (error) {
      throw fromSystemError(error, `keeping the blob ${digest}`, this.#folder);
    }
    return digest;
  }

  async suspend(): Promise<void> {
    if (this.#closed) return;
    if (this.#expected && this.#offset >= keepFrom) await this.#close();
    else await this.#discard();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.suspend();
  }

  async #discard(): Promise<void> {
    await rm(this.#path, { force: true });
    await this.#close();
  }

  async #close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#file.close();
    this.#lock[Symbol.dispose]();
  }
}

/** Gives a finished file its final name; where another writer was first, its copy stays. */
export async function publish(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true, mode: 0o711 });
  try {
    await link(from, to);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
  await rm(from, { force: true });
}
