import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { systemCode } from '../../errors.js';

/** What is read at one go; less than that is there only at a file's end. */
export const CHUNK = 64 * 1024;

/** Where files are read into: what follows a log reads a line at a time, and memory for a whole chunk for each would keep the garbage collector busy. */
let spare = Buffer.allocUnsafeSlow(CHUNK);

/** One file of a log, open: it can be read to its end whatever becomes of its name. A compressed one is held in memory, whole. */
export class LogFile implements Disposable {
  readonly sequence: number;
  readonly #fd: number | undefined;
  readonly #text: Buffer | undefined;

  private constructor(sequence: number, fd: number | undefined, text: Buffer | undefined) {
    this.sequence = sequence;
    this.#fd = fd;
    this.#text = text;
  }

  /** Undefined where there is no such file. */
  static open(path: string, { sequence, compressed }: { sequence: number; compressed: boolean }): LogFile | undefined {
    try {
      return compressed ? new LogFile(sequence, undefined, process.getBuiltinModule('node:zlib').gunzipSync(readFileSync(path))) : new LogFile(sequence, openSync(path, 'r'), undefined);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  get size(): number {
    return this.#text?.length ?? fstatSync(this.#fd ?? -1).size;
  }

  /** Last write, in milliseconds; undefined for a compressed one. */
  get modified(): number | undefined {
    return this.#fd === undefined ? undefined : fstatSync(this.#fd).mtimeMs;
  }

  /** What there is from an offset on, at most `length` bytes, in memory of its own; empty at the end. */
  read(position: number, length = CHUNK): Buffer {
    if (this.#text) return this.#text.subarray(position, position + length);
    const buffer = length > CHUNK ? Buffer.allocUnsafeSlow(length) : spare;
    const size = readSync(this.#fd ?? -1, buffer, 0, length, position);
    if (buffer !== spare) return buffer.subarray(0, size);
    if (size < CHUNK / 4) return Buffer.from(buffer.subarray(0, size));
    spare = Buffer.allocUnsafeSlow(CHUNK);
    return buffer.subarray(0, size);
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
