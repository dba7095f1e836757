import { Lexer, type Lookup } from './lexer.js';

export type { Lookup } from './lexer.js';

export interface ExpandOptions {
  /** The file's escape character; a backslash by default. */
  readonly escape?: '\\' | '`';
}

export interface Expansion {
  readonly value: string;
  /** Names that were looked up and had a value. */
  readonly used: ReadonlySet<string>;
  /** Names that had none, and for which the word says nothing else (`${x:-y}` does). */
  readonly undefined: ReadonlySet<string>;
}

/**
 * Expands one word: quotes and escapes are taken off, `$x` and `${x…}` replaced. Space stays as it is.
 * @throws DockerfileError `expansion` for a bad substitution or a required variable, `limit` for more than 1 MiB
 */
export function expandWord(word: string, lookup: Lookup, options: ExpandOptions = {}): Expansion {
  if (!needsWork(word)) return { value: word, used: none, undefined: none };
  const lexer = new Lexer(word, lookup, { escape: options.escape ?? '\\' });
  const value = lexer.run();
  return { value, used: lexer.used, undefined: lexer.undefinedNames };
}

/** Like `expandWord`, then split at unquoted space, which may come from a variable: EXPOSE. */
export function expandWords(word: string, lookup: Lookup, options: ExpandOptions = {}): Omit<Expansion, 'value'> & { readonly values: readonly string[] } {
  const lexer = new Lexer(word, lookup, { escape: options.escape ?? '\\' });
  const values = lexer.split().map((one) => one.value);
  return { values, used: lexer.used, undefined: lexer.undefinedNames };
}

/** Expands the body of a heredoc whose word was not quoted: quote marks are kept, escapes as in a word. */
export function expandHeredoc(content: string, lookup: Lookup, options: ExpandOptions = {}): Expansion {
  const lexer = new Lexer(content, lookup, { escape: options.escape ?? '\\', skipQuotes: true });
  const value = lexer.run();
  return { value, used: lexer.used, undefined: lexer.undefinedNames };
}

const none: ReadonlySet<string> = new Set();

function needsWork(word: string): boolean {
  for (let i = 0; i < word.length; i++) {
    const code = word.charCodeAt(i);
    if (code === 36 || code === 34 || code === 39 || code === 92 || code === 96) return true;
  }
  return false;
}
