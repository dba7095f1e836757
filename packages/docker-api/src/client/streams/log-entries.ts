import type { LogEntry } from '@caisson/core';
import { FrameReader } from './frames.js';

type Stream = LogEntry['stream'];

/** Of lines that are longer, parts are handed on. */
const maxLine = 1024 * 1024;

/** The entries of a log that was asked for with timestamps, from frames (an entry each) or from the lines of a terminal. */
export async function* logEntries(source: AsyncIterable<Uint8Array>, framed: boolean): AsyncGenerator<LogEntry, void> {
  const ready: LogEntry[] = [];
  const reader = framed ? framedLines(ready) : terminalLines(ready);
  for await (const piece of source) {
    reader.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength));
    yield* ready.splice(0);
  }
  reader.end();
  yield* ready.splice(0);
}

interface Lines {
  push(piece: Buffer): void;
  end(): void;
}

function framedLines(ready: LogEntry[]): Lines {
  let pieces: Buffer[] = [];
  const reader = new FrameReader((stream, data, ends) => {
    pieces.push(data);
    if (!ends) return;
    // A frame is one line with docker, and may be several with others.
    for (const line of lines(Buffer.concat(pieces))) ready.push(entry(stream, line));
    pieces = [];
  });
  return { push: (piece) => reader.push(piece), end() {} };
}

function terminalLines(ready: LogEntry[]): Lines {
  let rest = Buffer.alloc(0);
  return {
    push(piece) {
      const all = lines(Buffer.concat([rest, piece]));
      const last = all.at(-1);
      const whole = last === undefined || last.at(-1) === 10 || last.length > maxLine;
      rest = whole ? Buffer.alloc(0) : Buffer.from(last);
      for (const line of whole ? all : all.slice(0, -1)) ready.push(entry('stdout', line));
    },
    end() {
      if (rest.length > 0) ready.push(entry('stdout', rest));
    },
  };
}

function lines(data: Buffer): Buffer[] {
  const all: Buffer[] = [];
  for (let start = 0; start < data.length; ) {
    const end = data.indexOf(10, start);
    const next = end < 0 ? data.length : end + 1;
    all.push(data.subarray(start, next));
    start = next;
  }
  return all;
}

/** `2026-01-31T12:00:00.123456789Z text`. What has no time gets the present one. */
function entry(stream: Stream, line: Buffer): LogEntry {
  const space = line.subarray(0, 40).indexOf(32);
  const timestamp = space > 0 ? line.subarray(0, space).toString('latin1') : '';
  const at = new Date(timestamp);
  if (!/^\d{4}-\d\d-\d\dT/.test(timestamp) || Number.isNaN(at.getTime())) {
    const now = new Date();
    return { stream, at: now, timestamp: now.toISOString(), data: line };
  }
  return { stream, at, timestamp, data: line.subarray(space + 1) };
}
