import { ftruncateSync, writeSync } from 'node:fs';
import { fromSystemError, withoutZeros } from '@caisson/core';

/**
 * The archive of a layer while it is written, from its beginning to its end. Long rows of zeros are left out: the file has holes there, so
 * that a sparse file takes no more room in the store than in a root file system.
 */
export class ArchiveFile {
  readonly #fd: number;
  #end = 0;

  /** `fd` is of an empty file. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /** @throws CaissonError `no-space` and others of the disk */
  write(data: Uint8Array): void {
    withoutZeros(data, (from, to) => this.#put(data, from, to));
    this.#end += data.length;
  }

  /** Gives the file its length, which a hole at the end does not. */
  finish(): void {
    try {
      ftruncateSync(this.#fd, this.#end);
    } catch (error) {
      throw fromSystemError(error, 'writing a layer');
    }
  }

  #put(data: Uint8Array, from: number, to: number): void {
    try {
      for (let at = from; at < to; ) at += writeSync(this.#fd, data, at, to - at, this.#end + at);
    } catch (error) {
      throw fromSystemError(error, 'writing a layer');
    }
  }
}
