import type { Span } from '../positions.js';

/**
 * How the text around a `$` is read. `word`: by BuildKit, with the file's escape character. `shell`: by a shell, with comments.
 * `heredoc`: a body, where quote marks mean nothing.
 */
export type ScanMode = 'word' | 'shell' | 'heredoc';

export interface VariableUse {
  readonly name: string;
  /** The name alone. */
  readonly span: Span;
  /** With `$` and braces. */
  readonly whole: Span;
}

const nameStart = /[A-Za-z_]/;
const namePart = /\w/;

/** Finds `$name` and `${name…}` in a stretch of the source, nested ones too, where they would be expanded. One pass. */
export function scanVariables(source: string, { start, end }: Span, mode: ScanMode, escape: '\\' | '`'): VariableUse[] {
  const uses: VariableUse[] = [];
  /** Uses in braces whose end is not seen yet; undefined for braces of something else. */
  const open: ({ name: string; span: Span; from: number } | undefined)[] = [];
  const escapeChar = mode === 'word' ? escape : '\\';
  let quote = '';
  for (let at = start; at < end; at++) {
    const char = source.charAt(at);
    if (mode !== 'heredoc') {
      if (char === '#' && beginsComment(source, at, start, mode === 'shell' && quote === '')) {
        at = lineEnd(source, at, end) - 1;
        continue;
      }
      if (quote === "'") {
        if (char === "'") quote = '';
        continue;
      }
      if (char === '"' || (char === "'" && quote === '')) {
        quote = quote === '' ? char : '';
        continue;
      }
    }
    if (char === escapeChar) at++;
    else if (char === '}' && open.length > 0) {
      const use = open.pop();
      if (use) uses.push({ name: use.name, span: use.span, whole: { start: use.from, end: at + 1 } });
    } else if (char === '$') at = dollar(source, at, end, open, uses);
  }
  // A brace that is still open is being typed.
  for (const use of open) if (use) uses.push({ name: use.name, span: use.span, whole: { start: use.from, end: use.span.end } });
  return uses.sort((a, b) => a.span.start - b.span.start);
}

/** Returns the offset of the last character taken. */
function dollar(source: string, at: number, end: number, open: ({ name: string; span: Span; from: number } | undefined)[], uses: VariableUse[]): number {
  const braced = source.charAt(at + 1) === '{';
  let from = at + (braced ? 2 : 1);
  if (braced && /[#!]/.test(source.charAt(from)) && nameStart.test(source.charAt(from + 1))) from++;
  let to = from;
  if (nameStart.test(source.charAt(from))) while (to < end && namePart.test(source.charAt(to))) to++;
  if (to === from) {
    if (braced) open.push(undefined);
    return braced ? at + 1 : at;
  }
  const use = { name: source.slice(from, to), span: { start: from, end: to } };
  if (braced) open.push({ ...use, from: at });
  else uses.push({ ...use, whole: { start: at, end: to } });
  return to - 1;
}

/** A line of a continued instruction that begins with `#`, or a shell's comment. */
function beginsComment(source: string, at: number, start: number, shell: boolean): boolean {
  let before = at - 1;
  if (shell && (before < start || /[\s;&|(]/.test(source.charAt(before)))) return true;
  while (before >= start && (source.charAt(before) === ' ' || source.charAt(before) === '\t')) before--;
  return before >= start && source.charAt(before) === '\n';
}

function lineEnd(source: string, at: number, end: number): number {
  const newline = source.indexOf('\n', at);
  return newline < 0 ? end : Math.min(newline, end);
}
