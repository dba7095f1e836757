import type { Arg } from '../ast.js';
import type { LogicalLine } from './logical-line.js';
import { isBlank, isSpace } from './space.js';

/** Splits at runs of `[\t\v\f\r ]`, without regard to quotes: FROM, EXPOSE, VOLUME, COPY and ADD. */
export function splitBlank(line: LogicalLine, from: number, to: number): Arg[] {
  const { text } = line;
  const words: Arg[] = [];
  let at = from;
  while (at < to) {
    while (at < to && isBlank(text.charCodeAt(at))) at++;
    const start = at;
    while (at < to && !isBlank(text.charCodeAt(at))) at++;
    if (at > start) words.push({ value: text.slice(start, at), range: line.range(start, at) });
  }
  return words;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Splits at space outside quotes, keeping quotes and escapes: ENV, LABEL and ARG. An escape character at the very end is dropped. */
export function splitQuoted(text: string, from: number, to: number, escape: number): Span[] {
  const words: Span[] = [];
  let at = from;
  for (;;) {
    while (at < to && isSpace(text.charCodeAt(at))) at++;
    if (at >= to) return words;
    const start = at;
    let end = to;
    let quote = 0;
    for (; at < to; at++) {
      const code = text.charCodeAt(at);
      if (quote === 0) {
        if (isSpace(code)) break;
        if (code === 34 || code === 39) {
          quote = code;
          continue;
        }
      } else if (code === quote) {
        quote = 0;
        continue;
      }
      if (code === escape && quote !== 39) {
        if (at + 1 >= to) end = at;
        else at++;
      }
    }
    if (at < to) end = at;
    if (end > start) words.push({ start, end });
    at = Math.max(at, end);
  }
}

/**
 * The elements of a JSON array of strings, or why it is none: `not-json` means the shell form, `not-strings` is an error.
 */
export function parseJsonArray(line: LogicalLine, from: number, to: number): Arg[] | 'not-json' | 'not-strings' {
  const { text } = line;
  if (text.charCodeAt(from) !== 91) return 'not-json';
  let value: unknown;
  try {
    value = JSON.parse(text.slice(from, to));
  } catch {
    return 'not-json';
  }
  if (!Array.isArray(value)) return 'not-json';
  const args: Arg[] = [];
  let at = from + 1;
  for (const element of value as unknown[]) {
    if (typeof element !== 'string') return 'not-strings';
    const start = text.indexOf('"', at);
    at = start + 1;
    while (at < to && text.charCodeAt(at) !== 34) at += text.charCodeAt(at) === 92 ? 2 : 1;
    at++;
    args.push({ value: element, range: line.range(start, at) });
  }
  return args;
}
