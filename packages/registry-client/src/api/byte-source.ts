import { CaissonError, type Descriptor } from '@caisson/core';

/**
 * The bytes of one blob on their way to a registry, taken in one or several portions. Portions that follow one another come from one
 * reading; any other (the same again, after a fault or a redirect) opens the content anew where it begins. The last portion fails where
 * the content is shorter or longer than was promised.
 */
export class ByteSource {
  readonly #blob: Pick<Descriptor, 'digest' | 'size'>;
  readonly #open: (offset: number) => AsyncIterable<Uint8Array>;
  readonly #onBytes: ((count: number) => void) | undefined;
  #reading: Reading | undefined;
  /** What the content itself threw: trying the registry again would not help. */
  failure: unknown;

  constructor(blob: Pick<Descriptor, 'digest' | 'size'>, open: (offset: number) => AsyncIterable<Uint8Array>, onBytes?: (count: number) => void) {
    this.#blob = blob;
    this.#open = open;
    this.#onBytes = onBytes;
  }

  /** The bytes from `start` to `end`, exclusive. */
  async *portion(start: number, end: number): AsyncGenerator<Uint8Array, void> {
    try {
      const reading = await this.#readingAt(start);
      while (reading.position < end) {
        const chunk = await reading.take(end - reading.position);
        if (!chunk) throw this.#mismatch(`ends after ${reading.position} of ${this.#blob.size} bytes`);
        if (reading.position === this.#blob.size && (await reading.take(1))) throw this.#mismatch(`is longer than the ${this.#blob.size} bytes that were promised`);
        yield chunk;
        this.#onBytes?.(reading.position);
      }
    } catch (error) {
      this.failure ??= error;
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#reading?.close();
    this.#reading = undefined;
  }

  async #readingAt(offset: number): Promise<Reading> {
    if (this.#reading?.position === offset) return this.#reading;
    await this.close();
    return (this.#reading = new Reading(this.#open(offset), offset));
  }

  #mismatch(what: string): CaissonError {
    return new CaissonError('digest-mismatch', `${this.#blob.digest} ${what}`, { details: { digest: this.#blob.digest } });
  }
}

/** One pass over the content. */
class Reading {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();
  position: number;

  constructor(source: AsyncIterable<Uint8Array>, offset: number) {
    this.#iterator = source[Symbol.asyncIterator]();
    this.position = offset;
  }

  /** At most so many bytes; undefined at the end. */
  async take(most: number): Promise<Uint8Array | undefined> {
    while (this.#rest.byteLength === 0) {
      const step = await this.#iterator.next();
      if (step.done) return undefined;
      this.#rest = step.value;
    }
    const taken = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(taken.byteLength);
    this.position += taken.byteLength;
    return taken;
  }

  async close(): Promise<void> {
    try {
      await this.#iterator.return?.();
    } catch {
      // The content was given up; how it takes that changes nothing.
    }
  }
}
