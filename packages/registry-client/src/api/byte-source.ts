import { CaissonError, type Digest } from '@caisson/core';

/**
 * The bytes of one blob on their way to a registry, taken in one or several portions. It holds the source to the promised size: the
 * last portion fails where the source has less or more.
 */
export class ByteSource {
  readonly #digest: Digest;
  readonly #size: number;
  readonly #onBytes: ((count: number) => void) | undefined;
  readonly #iterator: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array();
  #position: number;
  /** What the source itself threw: trying the registry again would not help. */
  failure: unknown;

  constructor(blob: { digest: Digest; size: number }, source: AsyncIterable<Uint8Array>, offset: number, onBytes?: (count: number) => void) {
    this.#digest = blob.digest;
    this.#size = blob.size;
    this.#iterator = source[Symbol.asyncIterator]();
    this.#position = offset;
    this.#onBytes = onBytes;
  }

  /** The bytes up to `end`, exclusive. */
  async *portion(end: number): AsyncGenerator<Uint8Array, void> {
    while (this.#position < end) {
      const chunk = await this.#next();
      if (!chunk) throw this.#fail(new CaissonError('digest-mismatch', `${this.#digest} ends after ${this.#position} of ${this.#size} bytes`));
      const taken = chunk.subarray(0, end - this.#position);
      this.#rest = chunk.subarray(taken.byteLength);
      this.#position += taken.byteLength;
      if (this.#position === this.#size) await this.#expectEnd();
      yield taken;
      this.#onBytes?.(this.#position);
    }
  }

  async close(): Promise<void> {
    try {
      await this.#iterator.return?.();
    } catch {
      // The source was given up; how it takes that changes nothing.
    }
  }

  async #next(): Promise<Uint8Array | undefined> {
    if (this.#rest.byteLength > 0) return this.#rest;
    for (;;) {
      let step: IteratorResult<Uint8Array>;
      try {
        step = await this.#iterator.next();
      } catch (error) {
        throw this.#fail(error);
      }
      if (step.done) return undefined;
      if (step.value.byteLength > 0) return step.value;
    }
  }

  async #expectEnd(): Promise<void> {
    if (await this.#next())
      throw this.#fail(new CaissonError('digest-mismatch', `${this.#digest} is longer than the ${this.#size} bytes that were promised`));
  }

  #fail(error: unknown): unknown {
    this.failure ??= error;
    return error;
  }
}
