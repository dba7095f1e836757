import { parseIgnore, type IgnorePattern, type Problem } from '@caisson/dockerfile';
import type { Span } from '../positions.js';

/** One line of an ignore file that is a pattern. */
export interface PatternLine {
  /** Counted from 0. */
  readonly line: number;
  /** Without the space around it. */
  readonly span: Span;
  readonly text: string;
  /** Undefined for a pattern that is not valid. */
  readonly pattern?: IgnorePattern;
  readonly problem?: Problem;
}

export function patternLines(source: string): PatternLine[] {
  const lines: PatternLine[] = [];
  let offset = 0;
  for (const [line, raw] of source.split('\n').entries()) {
    const { patterns, errors } = parseIgnore(raw);
    const text = raw.trim();
    const start = offset + raw.indexOf(text);
    const [pattern] = patterns;
    const [problem] = errors;
    if (pattern || problem) lines.push({ line, span: { start, end: start + text.length }, text, ...(pattern && { pattern }), ...(problem && { problem }) });
    offset += raw.length + 1;
  }
  return lines;
}
