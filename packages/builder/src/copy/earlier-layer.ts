import { closeSync, openSync, readSync } from 'node:fs';
import { CaissonError, compareTreeOrder, fromSystemError, type LayerIndex, type RawPath } from '@caisson/core';

const windowSize = 1024 * 1024;
const fileType = 0;

/**
 * The layer that a step made in an earlier build, as a source for the next one: of a tree in which little changed, the files are read in
 * their order from one archive, in large pieces, instead of being opened one by one. A file is taken only where path, size and digest are
 * those that are wanted. To be asked in the order of the archive.
 */
export class EarlierLayer implements Disposable {
  readonly #fd: number;
  readonly #index: LayerIndex;
  readonly #window = Buffer.allocUnsafeSlow(windowSize);
  #windowAt = 0;
  #windowLength = 0;
  #next = 0;

  private constructor(fd: number, index: LayerIndex) {
    this.#fd = fd;
    this.#index = index;
  }

  /** Undefined where the archive is gone, or the index tells of no contents. */
  static open(index: LayerIndex | undefined, archive: string): EarlierLayer | undefined {
    if (!index?.columns.digests) return undefined;
    try {
      return new EarlierLayer(openSync(archive, 'r'), index);
    } catch {
      return undefined;
    }
  }

  /** Where the content lies in the archive; `digest` is a binary string of 32 units. */
  find(path: RawPath, size: number, digest: string): number | undefined {
    const { columns, length } = this.#index;
    while (this.#next < length && columns.path[this.#next] !== path && compareTreeOrder(columns.path[this.#next] as RawPath, path) < 0) this.#next++;
    const at = this.#next;
    if (at >= length || columns.path[at] !== path || columns.type[at] !== fileType || columns.size[at] !== size || columns.sparse.has(at)) return undefined;
    for (let i = 0; i < 32; i++) if (columns.digests?.[at * 32 + i] !== digest.charCodeAt(i)) return undefined;
    return columns.offset[at];
  }

  /** A range in pieces, each good until the next. */
  *read(offset: number, length: number): Generator<Uint8Array, void> {
    for (let at = offset, left = length; left > 0; ) {
      if (at < this.#windowAt || at >= this.#windowAt + this.#windowLength) this.#fill(at);
      const from = at - this.#windowAt;
      const count = Math.min(left, this.#windowLength - from);
      yield this.#window.subarray(from, from + count);
      at += count;
      left -= count;
    }
  }

  #fill(at: number): void {
    let count: number;
    try {
      count = readSync(this.#fd, this.#window, 0, windowSize, at);
    } catch (error) {
      throw fromSystemError(error, 'reading an earlier layer');
    }
    if (count === 0) throw new CaissonError('invalid-content', `the layer ${this.#index.diffId} of an earlier build is damaged`, { hint: 'caisson system check tells more; --no-cache builds without it' });
    this.#windowAt = at;
    this.#windowLength = count;
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}
