import { closeSync, openSync, writeSync } from 'node:fs';
import { fromSystemError } from '@caisson/core';

/** Lines longer than this are written in parts. */
const maxLine = 16 << 10;

/** Writes output in the CRI log format: `TIME stdout|stderr F|P TEXT`, a line for each line, P for a part of one that goes on. */
export class OutputLog {
  readonly #fd: number;
  readonly #rest = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  #open = true;

  constructor(path: string) {
    try {
      this.#fd = openSync(path, 'a', 0o640);
    } catch (error) {
      throw fromSystemError(error, `opening the log ${path}`);
    }
  }

  add(stream: 'stdout' | 'stderr', chunk: Buffer): void {
    let data: Buffer = this.#rest[stream].length > 0 ? Buffer.concat([this.#rest[stream], chunk]) : chunk;
    const parts: Buffer[] = [];
    for (;;) {
      const end = data.indexOf(10);
      const line = end < 0 ? data.length : end;
      if (end < 0 && line < maxLine) break;
      const whole = end >= 0 && line <= maxLine;
      const length = whole ? line : maxLine;
      parts.push(this.#line(stream, whole, data.subarray(0, length)));
      data = data.subarray(length + (whole ? 1 : 0));
    }
    this.#rest[stream] = Buffer.from(data);
    this.#write(parts);
  }

  /** Writes what has no line's end yet. Safe to repeat. */
  close(): void {
    if (!this.#open) return;
    this.#write((['stdout', 'stderr'] as const).flatMap((stream) => (this.#rest[stream].length > 0 ? [this.#line(stream, false, this.#rest[stream])] : [])));
    this.#open = false;
    closeSync(this.#fd);
  }

  #line(stream: string, whole: boolean, text: Buffer): Buffer {
    return Buffer.concat([Buffer.from(`${new Date().toISOString()} ${stream} ${whole ? 'F' : 'P'} `), text, newline]);
  }

  #write(parts: readonly Buffer[]): void {
    const data = Buffer.concat(parts);
    if (!this.#open || data.length === 0) return;
    try {
      for (let at = 0; at < data.length; ) at += writeSync(this.#fd, data, at);
    } catch {
      // A full disk must not end the container: what cannot be written is lost, as it is with conmon.
    }
  }
}

const newline = Buffer.from('\n');
