import type { FormattingOptions } from 'vscode-languageserver';

/**
 * The lines of one instruction, those behind the first one indented: the least deep by one step, the others as much deeper as they were.
 * Undefined for lines that must stay: those that begin inside quotes, where space counts.
 */
export function continuationIndents(lines: readonly string[], escape: string, { tabSize, insertSpaces }: Pick<FormattingOptions, 'tabSize' | 'insertSpaces'>): (string | undefined)[] {
  let quote = '';
  const isComment = lines.map((line, index) => index > 0 && /^\s*#/.test(line));
  const movable = lines.map((line, index) => {
    // Comments go away before a shell sees anything, also within quotes. At the margin they are meant to be there.
    if (isComment[index]) return !line.startsWith('#');
    const free = quote === '';
    quote = quoteAfter(line, quote, escape);
    return free && line.trim() !== '';
  });
  const depths = lines.map((line, index) => (index > 0 && movable[index] ? columns(line, tabSize) : Infinity));
  const least = Math.min(...depths.filter((_, index) => !isComment[index]));
  return lines.map((line, index) => {
    const depth = depths[index] ?? Infinity;
    if (depth === Infinity) return undefined;
    return indent(tabSize + Math.max(0, depth - least), tabSize, insertSpaces) + line.trimStart();
  });
}

function quoteAfter(line: string, before: string, escape: string): string {
  let quote = before;
  for (let at = 0; at < line.length; at++) {
    const char = line.charAt(at);
    if ((char === '\\' || char === escape) && quote !== "'") at++;
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === quote) quote = '';
  }
  return quote;
}

function columns(line: string, tabSize: number): number {
  let column = 0;
  for (const char of line) {
    if (char === '\t') column += tabSize - (column % tabSize);
    else if (char === ' ') column++;
    else break;
  }
  return column;
}

function indent(width: number, tabSize: number, insertSpaces: boolean): string {
  return insertSpaces ? ' '.repeat(width) : '\t'.repeat(Math.floor(width / tabSize)) + ' '.repeat(width % tabSize);
}
