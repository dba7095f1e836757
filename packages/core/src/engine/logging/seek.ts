import { isWhole, parseLine } from './cri-line.js';
import type { LogFile } from './log-file.js';
import type { LogFolder } from './log-folder.js';

const CHUNK = 64 * 1024;
/** No line is longer: the monitor cuts what it reads at 8 KiB. */
const LONGEST = 16 * 1024;
const NEWLINE = 10;

/** A place in a log, by the number that its file has or is going to have. */
export interface LogPosition {
  readonly sequence: number;
  readonly offset: number;
}

export const logStart: LogPosition = { sequence: 0, offset: 0 };

/** The place from which on there are `count` whole lines: found from the end, so that a log of any length costs the same. */
export function tailStart(folder: LogFolder, count: number): LogPosition {
  const last = folder.open(folder.lastRotated() + 1);
  let start: LogPosition = last ? { sequence: last.sequence, offset: last.size } : { sequence: folder.lastRotated() + 1, offset: 0 };
  let found = 0;
  for (let file = last ?? before(folder, start.sequence); file; file = before(folder, file.sequence)) {
    using open = file;
    for (const { begin, whole } of linesBackwards(open)) {
      // A line flagged F ends a written line; the parts before it, flagged P, belong to it.
      if (whole && ++found > count) return start;
      start = { sequence: open.sequence, offset: begin };
    }
  }
  return start;
}

/** The file before this one, if it is still there. */
function before(folder: LogFolder, sequence: number): LogFile | undefined {
  const older = folder.rotated().findLast((log) => log.sequence < sequence);
  return older && folder.open(older.sequence);
}

function* linesBackwards(file: LogFile): Generator<{ begin: number; whole: boolean }, void> {
  const { size } = file;
  for (let end = size; end > 0; end -= Math.min(CHUNK, end)) {
    const from = Math.max(0, end - CHUNK);
    // Behind the chunk is the rest of the line that begins in it.
    const chunk = file.read(from, end - from + LONGEST);
    for (let at = chunk.lastIndexOf(NEWLINE, end - from - 1); at >= 0; at = at === 0 ? -1 : chunk.lastIndexOf(NEWLINE, at - 1)) {
      if (from + at + 1 < size) yield { begin: from + at + 1, whole: isWhole(chunk, at + 1) };
    }
  }
  if (size > 0) yield { begin: 0, whole: isWhole(file.read(0, LONGEST), 0) };
}

/** A place before which all was written earlier than `since`: whole files are passed over by their time, the rest is halved again and again. */
export function sinceStart(folder: LogFolder, since: Date): LogPosition {
  const begin: LogPosition = { sequence: folder.rotated()[0]?.sequence ?? 0, offset: 0 };
  let sequence = begin.sequence;
  for (;;) {
    using file = folder.open(sequence);
    if (!file) return { sequence, offset: 0 };
    const finished = folder.isComplete(file.sequence);
    if (!finished || (file.modified ?? Infinity) >= since.getTime()) return { sequence: file.sequence, offset: halve(file, since) };
    sequence = file.sequence + 1;
  }
}

function halve(file: LogFile, since: Date): number {
  let low = 0;
  let high = file.size;
  while (high - low > CHUNK) {
    const middle = Math.floor((low + high) / 2);
    const chunk = file.read(middle, LONGEST * 2);
    const begin = chunk.indexOf(NEWLINE) + 1;
    const end = chunk.indexOf(NEWLINE, begin);
    const line = begin > 0 && end > 0 ? parseLine(chunk, begin, end) : undefined;
    if (!line) return low; // not of the format: read from here
    if (line.at < since) low = middle + begin;
    else high = middle;
  }
  return low;
}
