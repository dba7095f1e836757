import type { Flag } from '../ast.js';
import type { LogicalLine } from './logical-line.js';
import { isSpace } from './space.js';

/**
 * Takes the `--name=value` words from the front of an instruction's rest, as BuildKit's extractBuilderFlags: quotes are dropped, a
 * backslash takes the next character as it is whatever the escape directive says, and a lone `--` ends the flags.
 * Returns where the arguments begin.
 */
export function takeFlags(line: LogicalLine, from: number, to: number, flags: Flag[]): number {
  const { text } = line;
  let at = from;
  for (;;) {
    while (at < to && isSpace(text.charCodeAt(at))) at++;
    if (at >= to || text.charCodeAt(at) !== 45 || text.charCodeAt(at + 1) !== 45 || at + 1 >= to) return at;
    const start = at;
    const word: string[] = [];
    let quote = 0;
    let equals = -1;
    let plainFrom = at;
    for (; at < to; at++) {
      const code = text.charCodeAt(at);
      if (quote === 0 && isSpace(code)) break;
      if (code === 61 && equals < 0) equals = at;
      const quoteMark = quote === 0 ? code === 34 || code === 39 : code === quote;
      if (quoteMark || code === 92) {
        word.push(text.slice(plainFrom, at));
        if (quoteMark) quote = quote === 0 ? code : 0;
        else at++;
        plainFrom = quoteMark ? at + 1 : at;
      }
    }
    if (at > to) at = to;
    word.push(text.slice(plainFrom, at));
    const value = word.join('');
    if (value === '--') return at;
    flags.push(toFlag(line, value, start, at, equals));
  }
}

function toFlag(line: LogicalLine, word: string, start: number, end: number, equals: number): Flag {
  const split = word.indexOf('=');
  const nameEnd = equals < 0 ? end : equals;
  const base = { range: line.range(start, end), nameRange: line.range(start, nameEnd) };
  if (split < 0) return { name: word.slice(2), ...base };
  return { name: word.slice(2, split), value: word.slice(split + 1), ...base, valueRange: line.range(Math.min(nameEnd + 1, end), end) };
}
