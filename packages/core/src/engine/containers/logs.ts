import { closeSync, fstatSync, openSync, readSync, watch } from 'node:fs';
import { systemCode } from '../../errors.js';
import type { LogEntry, LogOptions } from '../engine.js';

const chunkBytes = 64 * 1024;

/**
 * Reads a log that the monitor writes in the CRI format: `TIME stdout|stderr F|P TEXT`, where P is a part of a line that goes on. Each
 * entry is what was written, byte for byte. Following ends when `ended` has resolved and everything written until then has been read.
 */
export async function* readLog(path: string, { follow, tail, since, until, signal }: LogOptions, ended: Promise<unknown>): AsyncGenerator<LogEntry, void> {
  const file = openLog(path);
  if (file === undefined) return;
  try {
    let position = tail === undefined ? 0 : tailStart(file, tail);
    let rest: Buffer = Buffer.alloc(0);
    const changes = follow ? watchFile(path, ended, signal) : undefined;
    try {
      for (;;) {
        const last = changes?.hasEnded() ?? true;
        for (let chunk = readAt(file, position); chunk.length > 0; chunk = readAt(file, position)) {
          position += chunk.length;
          const data = rest.length ? Buffer.concat([rest, chunk]) : chunk;
          let begin = 0;
          for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, begin)) {
            const entry = parseLine(data.subarray(begin, end));
            begin = end + 1;
            if (!entry || (since && entry.at < since)) continue;
            if (until && entry.at > until) return;
            yield entry;
          }
          rest = data.subarray(begin);
        }
        if (last || !changes || signal?.aborted) return;
        await changes.next();
      }
    } finally {
      changes?.close();
    }
  } finally {
    closeSync(file);
  }
}

function openLog(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function readAt(file: number, position: number): Buffer {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  return buffer.subarray(0, readSync(file, buffer, 0, chunkBytes, position));
}

/** Undefined for a line that is not of the format, such as one torn by a crash. */
export function parseLine(line: Buffer): LogEntry | undefined {
  const timeEnd = line.indexOf(32);
  const streamEnd = line.indexOf(32, timeEnd + 1);
  if (timeEnd < 0 || streamEnd < 0) return undefined;
  const timestamp = line.toString('latin1', 0, timeEnd);
  const stream = line.toString('latin1', timeEnd + 1, streamEnd);
  const at = new Date(timestamp);
  if ((stream !== 'stdout' && stream !== 'stderr') || Number.isNaN(at.getTime())) return undefined;
  const text = line.subarray(streamEnd + 3);
  const whole = line[streamEnd + 1] === 0x46; // F
  return { stream, at, timestamp, data: whole ? Buffer.concat([text, newline]) : Buffer.from(text) };
}

const newline = Buffer.from('\n');

/** Offset from which on there are `count` whole lines: found from the end, so that a log of any length costs the same. */
function tailStart(file: number, count: number): number {
  const { size } = fstatSync(file);
  if (count <= 0) return size;
  let end = size;
  let start = size;
  let found = 0;
  for (const begin of lineStartsBackwards(file, size)) {
    // A line flagged F ends a written line; the parts before it, flagged P, belong to it.
    if (isWhole(file, begin, end) && ++found > count) return start;
    start = begin;
    end = begin;
  }
  return 0;
}

function* lineStartsBackwards(file: number, size: number): Generator<number, void> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  for (let end = size; end > 0; end -= Math.min(chunkBytes, end)) {
    const from = Math.max(0, end - chunkBytes);
    readSync(file, buffer, 0, end - from, from);
    for (let at = end - from - 1; at >= 0; at--) if (buffer[at] === 10 && from + at + 1 < size) yield from + at + 1;
  }
  if (size > 0) yield 0;
}

function isWhole(file: number, begin: number, end: number): boolean {
  const head = Buffer.alloc(Math.min(64, end - begin));
  readSync(file, head, 0, head.length, begin);
  return / (?:stdout|stderr) F/.test(head.toString('latin1'));
}

function watchFile(path: string, ended: Promise<unknown>, signal: AbortSignal | undefined) {
  let isOver = false;
  let changed = false;
  let wake: (() => void) | undefined;
  const notify = () => {
    changed = true;
    wake?.();
  };
  const end = () => {
    isOver = true;
    notify();
  };
  const watcher = watch(path, notify);
  watcher.on('error', end);
  signal?.addEventListener('abort', end);
  ended.then(end, end);
  return {
    hasEnded: () => isOver,
    async next() {
      if (!changed) await new Promise<void>((resolve) => (wake = resolve));
      changed = false;
    },
    close() {
      watcher.close();
      signal?.removeEventListener('abort', end);
    },
  };
}
