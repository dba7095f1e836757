import type { LogEntry } from '../engine.js';

const SPACE = 32;
const NEWLINE = 10;
const F = 0x46;

/**
 * A line that the monitor has written, in the CRI's format: `TIME stdout|stderr F|P TEXT`, where P is a part of a line that goes on. The time
 * is made a Date when it is asked for.
 */
export class LogLine implements LogEntry {
  readonly stream: 'stdout' | 'stderr';
  readonly timestamp: string;
  readonly data: Uint8Array;
  declare readonly details?: Readonly<Record<string, string>>;
  #at: Date | undefined;

  constructor(stream: 'stdout' | 'stderr', timestamp: string, data: Uint8Array, details?: Readonly<Record<string, string>>) {
    this.stream = stream;
    this.timestamp = timestamp;
    this.data = data;
    if (details) this.details = details;
  }

  get at(): Date {
    return (this.#at ??= new Date(this.timestamp));
  }
}

/**
 * The line in `chunk` from `begin` to the newline at `end`; its data are the chunk's own bytes, with the newline if the program wrote one.
 * Undefined for what is not of the format, such as a line torn by a crash.
 */
export function parseLine(chunk: Buffer, begin: number, end: number, details?: Readonly<Record<string, string>>): LogLine | undefined {
  const timeEnd = chunk.indexOf(SPACE, begin);
  const flag = timeEnd + 8; // ` stdout ` and ` stderr ` are of one length
  if (timeEnd < 0 || timeEnd === begin || flag + 1 >= end + 1 || chunk[begin + 4] !== 0x2d) return undefined;
  const stream = chunk.toString('latin1', timeEnd + 1, timeEnd + 7);
  if ((stream !== 'stdout' && stream !== 'stderr') || chunk[timeEnd + 7] !== SPACE) return undefined;
  const text = Math.min(flag + 2, end);
  return new LogLine(stream, chunk.toString('latin1', begin, timeEnd), chunk.subarray(text, chunk[flag] === F && chunk[end] === NEWLINE ? end + 1 : end), details);
}

/** Whether the line that begins here ends one that the program wrote. */
export function isWhole(chunk: Buffer, begin: number): boolean {
  return chunk[chunk.indexOf(SPACE, begin) + 8] === F;
}
