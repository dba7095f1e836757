import type { SourcePosition, SourceRange } from '../source.js';

/** A piece of one physical line: where it begins in the logical line and in the source, and its line. */
interface Segment {
  readonly start: number;
  readonly offset: number;
  readonly line: number;
  readonly lineStart: number;
}

const origin: Segment = { start: 0, offset: 0, line: 1, lineStart: 0 };

/**
 * An instruction's text with its continuation lines joined, and the way back to the source. Positions are found by a search that starts
 * where the last one ended, because callers walk from left to right.
 */
export class LogicalLine {
  text = '';
  private first = origin;
  /** All segments, where there are several: most instructions stand on one line. */
  private segments: Segment[] | undefined;
  private parts: string[] | undefined;
  private length = 0;
  private last = 0;
  private readonly file: string | undefined;

  constructor(file: string | undefined) {
    this.file = file;
  }

  add(part: string, offset: number, line: number, lineStart: number): void {
    const segment = { start: this.length, offset, line, lineStart };
    if (this.first === origin) {
      this.first = segment;
      this.text = part;
    } else if (part !== '') {
      (this.segments ??= [this.first]).push(segment);
      (this.parts ??= [this.text]).push(part);
    }
    this.length += part.length;
  }

  finish(): this {
    if (this.parts) this.text = this.parts.join('');
    return this;
  }

  /** `end` asks for the position after a character rather than before the next, which differ at a continuation. */
  position(at: number, end = false): SourcePosition {
    const { start, offset: base, line, lineStart } = this.segments ? this.segmentAt(this.segments, end && at > 0 ? at - 1 : at) : this.first;
    const offset = base + at - start;
    return { line, column: offset - lineStart + 1, offset };
  }

  private segmentAt(segments: readonly Segment[], at: number): Segment {
    let i = this.last;
    if ((segments[i]?.start ?? 0) > at) i = search(segments, at);
    while (i + 1 < segments.length && (segments[i + 1]?.start ?? 0) <= at) i++;
    this.last = i;
    return segments[i] ?? this.first;
  }

  range(start: number, end: number): SourceRange {
    const from = this.position(start);
    const to = end === start ? from : this.position(end, true);
    return this.file === undefined ? { start: from, end: to } : { file: this.file, start: from, end: to };
  }
}

function search(segments: readonly Segment[], at: number): number {
  let low = 0;
  let high = segments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((segments[middle]?.start ?? 0) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}
