import type { LogOptions } from '../engine.js';
import { parseLine, type LogLine } from './cri-line.js';
import { CHUNK, type LogFile } from './log-file.js';
import type { LogFolder } from './log-folder.js';
import { logStart, sinceStart, tailStart, type LogPosition } from './seek.js';
import { watchFolder } from './watch-folder.js';

const NEWLINE = 10;

/** What was read in one go, and the place behind it. */
export interface LogBatch {
  readonly entries: readonly LogLine[];
  readonly next: LogPosition;
}

/** Each entry is what was written, byte for byte. Following ends when `ended` has resolved and everything written until then has been read. */
export async function* readLog(folder: LogFolder, options: LogOptions, ended: Promise<unknown>, details?: Readonly<Record<string, string>>): AsyncGenerator<LogLine, void> {
  const { tail, since, until } = options;
  const start = tail === undefined ? (since ? sinceStart(folder, since) : logStart) : tailStart(folder, Math.max(0, tail));
  for await (const { entries } of readBatches(folder, start, options, ended, details)) {
    for (const entry of entries) {
      if (since && entry.at < since) continue;
      if (until && entry.at > until) return;
      yield entry;
    }
  }
}

/** Reads from a place on, file after file, a batch at a time. */
export async function* readBatches(folder: LogFolder, start: LogPosition, { follow, until, signal }: LogOptions, ended: Promise<unknown>, details?: Readonly<Record<string, string>>): AsyncGenerator<LogBatch, void> {
  const changes = follow ? watchFolder(folder.path, { ended, signal, until }) : undefined;
  let file: LogFile | undefined;
  let { sequence, offset } = start;
  try {
    for (;;) {
      const over = changes?.isOver() ?? true;
      if (!file) {
        file = folder.open(sequence);
        if (file && file.sequence !== sequence) {
          sequence = file.sequence;
          offset = 0;
        }
      }
      // Asked before the last read: what is complete by then is read to its end.
      const complete = file && folder.isComplete(sequence);
      if (file)
        for (const entries of linesFrom(file, offset, details)) {
          offset = entries.end;
          yield { entries: entries.lines, next: { sequence, offset } };
          if (signal?.aborted) return;
        }
      if (file && complete) {
        file.close();
        file = undefined;
        sequence++;
        offset = 0;
        continue;
      }
      if (over || !changes) return;
      await changes.next();
    }
  } finally {
    file?.close();
    changes?.close();
  }
}

/** The whole lines from an offset on; a line that is not complete yet is left for later. */
function* linesFrom(file: LogFile, start: number, details: Readonly<Record<string, string>> | undefined): Generator<{ lines: LogLine[]; end: number }, void> {
  let position = start;
  let rest: Buffer | undefined;
  for (let isEnd = false; !isEnd; ) {
    const chunk = file.read(position);
    isEnd = chunk.length < CHUNK;
    position += chunk.length;
    const data = rest ? Buffer.concat([rest, chunk]) : chunk;
    const lines: LogLine[] = [];
    let begin = 0;
    for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, begin)) {
      const line = parseLine(data, begin, end, details);
      begin = end + 1;
      if (line) lines.push(line);
    }
    rest = begin < data.length ? data.subarray(begin) : undefined;
    if (begin > 0) yield { lines, end: position - (rest?.length ?? 0) };
  }
}
