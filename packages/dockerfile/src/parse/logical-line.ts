import type { SourcePosition, SourceRange } from '../source.js';

/**
 * An instruction's text with its continuation lines joined, and the way back to the source. Each segment is a piece of one physical
 * line; positions are found by a search that starts where the last one ended, because callers walk from left to right.
 */
export class LogicalLine {
  text = '';
  private readonly parts: string[] = [];
  private length = 0;
  private readonly starts: number[] = [];
  private readonly offsets: number[] = [];
  private readonly lines: number[] = [];
  private readonly lineStarts: number[] = [];
  private last = 0;
  private readonly file: string | undefined;

  constructor(file: string | undefined) {
    this.file = file;
  }

  add(part: string, offset: number, line: number, lineStart: number): void {
    if (part === '' && this.starts.length > 0) return;
    this.starts.push(this.length);
    this.offsets.push(offset);
    this.lines.push(line);
    this.lineStarts.push(lineStart);
    this.parts.push(part);
    this.length += part.length;
  }

  finish(): this {
    this.text = this.parts.length === 1 ? (this.parts[0] ?? '') : this.parts.join('');
    return this;
  }

  /** `end` asks for the position after a character rather than before the next, which differ at a continuation. */
  position(at: number, end = false): SourcePosition {
    const probe = end && at > 0 ? at - 1 : at;
    let i = this.last;
    if ((this.starts[i] ?? 0) > probe) i = this.search(probe);
    while (i + 1 < this.starts.length && (this.starts[i + 1] ?? 0) <= probe) i++;
    this.last = i;
    const offset = (this.offsets[i] ?? 0) + at - (this.starts[i] ?? 0);
    return { line: this.lines[i] ?? 1, column: offset - (this.lineStarts[i] ?? 0) + 1, offset };
  }

  private search(at: number): number {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  range(start: number, end: number): SourceRange {
    const from = this.position(start);
    const to = end === start ? from : this.position(end, true);
    return this.file === undefined ? { start: from, end: to } : { file: this.file, start: from, end: to };
  }
}
