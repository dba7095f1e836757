import { Lexer } from '../expand/lexer.js';

export interface HeredocWord {
  readonly name: string;
  readonly fd: number;
  readonly expand: boolean;
  readonly chomp: boolean;
  /** Offsets of the word in the logical line. */
  readonly start: number;
  readonly end: number;
}

const form = /^(\d*)<<(-?)([^<]*)$/;
const unset = () => undefined;

function quotes(text: string): number {
  let count = 0;
  for (const char of text) if (char === "'" || char === '"') count++;
  return count;
}

/** `<<EOF`, `3<<-"EOF"`; undefined for any other word. A quoted part anywhere means that the body is not expanded. */
export function parseHeredocWord(word: string, start = 0): HeredocWord | undefined {
  const match = form.exec(word);
  const rest = match?.[3];
  if (!match || rest === undefined || rest === '') return undefined;
  try {
    const plain = new Lexer(rest, unset, { escape: '\\', skipUnset: true }).split();
    const raw = new Lexer(rest, unset, { escape: '\\', skipUnset: true, rawQuotes: true }).split();
    const name = plain[0]?.value;
    if (name === undefined || plain.length !== 1 || raw.length !== 1) return undefined;
    const expand = quotes(name) === quotes(raw[0]?.value ?? '');
    return { name, fd: Number(match[1] ?? 0), expand, chomp: match[2] === '-', start, end: start + word.length };
  } catch {
    return undefined;
  }
}

/**
 * The heredocs of a logical line, in order. A line that the lexer cannot read (an odd quote, an operator it does not know) has none,
 * as in BuildKit.
 */
export function findHeredocs(line: string): HeredocWord[] {
  if (!line.includes('<<')) return [];
  try {
    const lexer = new Lexer(line, unset, { escape: '\\', rawQuotes: true, rawEscapes: true, skipUnset: true });
    const found: HeredocWord[] = [];
    for (const { value, start } of lexer.split()) {
      const word = value.includes('<<') ? parseHeredocWord(value, start) : undefined;
      if (word) found.push(word);
    }
    return found;
  } catch {
    return [];
  }
}

/** Takes the leading tabs off every line, as `<<-` asks. */
export function chompHeredoc(content: string): string {
  return content.replace(/^\t+/gm, '');
}
