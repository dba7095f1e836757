import { isSpace } from '../parse/space.js';
import { DockerfileError } from '../source.js';
import { replacePattern, trimPrefix, trimSuffix } from './pattern.js';

export type Lookup = (name: string) => string | undefined;

export interface LexerOptions {
  readonly escape: '\\' | '`';
  /** Keep quote marks in the result. */
  readonly rawQuotes?: boolean;
  /** Keep escape characters in the result. */
  readonly rawEscapes?: boolean;
  /** Quotes are ordinary characters: heredoc bodies. */
  readonly skipQuotes?: boolean;
  /** Leave references to unset variables as they stand. */
  readonly skipUnset?: boolean;
}

/** A word after splitting, with where it began in the text that was lexed. */
export interface LexedWord {
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

const deepest = 100;
const largest = 1 << 20;
const eof = '';
const specialParameters = '@*#?-$!0';
const nameChar = /[\p{L}\p{Nd}_]/u;
const digit = /\p{Nd}/u;

/** Collects words while the result is built, splitting at unquoted space. */
class Words {
  readonly list: LexedWord[] = [];
  private word = '';
  private start = 0;

  add(char: string, at: number): void {
    if (!isSpace(char.charCodeAt(0))) this.addRaw(char, at);
    else if (this.word !== '') this.close(at);
  }
  addRaw(text: string, at: number): void {
    if (this.word === '') this.start = at;
    this.word += text;
  }
  close(at: number): void {
    if (this.word !== '') this.list.push({ value: this.word, start: this.start, end: at });
    this.word = '';
  }
}

/**
 * BuildKit's shell lexer: quotes, escapes, `$x` and `${x…}` in one pass from left to right. Limits keep hostile input cheap:
 * substitutions nest at most 100 deep and a result has at most 1 MiB.
 */
export class Lexer {
  readonly used = new Set<string>();
  readonly undefinedNames = new Set<string>();
  private readonly words = new Words();
  private readonly text: string;
  private readonly lookup: Lookup;
  private readonly options: LexerOptions;
  private at = 0;
  private depth = 0;
  private rawEscapes: boolean;

  constructor(text: string, lookup: Lookup, options: LexerOptions) {
    this.text = text;
    this.lookup = lookup;
    this.options = options;
    this.rawEscapes = options.rawEscapes ?? false;
  }

  run(): string {
    return this.until(eof, this.rawEscapes);
  }

  /** The words after splitting at unquoted space. */
  split(): readonly LexedWord[] {
    this.until(eof, this.rawEscapes, this.words);
    this.words.close(this.text.length);
    return this.words.list;
  }

  private peek(): string {
    const code = this.text.codePointAt(this.at);
    return code === undefined ? eof : code < 0x10000 ? this.text.charAt(this.at) : String.fromCodePoint(code);
  }

  private take(): string {
    const char = this.peek();
    this.at += char.length;
    return char;
  }

  private until(stop: string, rawEscapes: boolean, words?: Words): string {
    const outer = this.rawEscapes;
    this.rawEscapes = rawEscapes;
    let result = '';
    for (;;) {
      if (result.length > largest) throw new DockerfileError('limit', 'the expanded word is larger than 1 MiB');
      const start = this.at;
      this.skipPlain(stop);
      if (this.at > start) {
        const plain = this.text.slice(start, this.at);
        words?.addRaw(plain, start);
        result += plain;
        continue;
      }
      const char = this.peek();
      if (char === eof) break;
      if (char === stop) {
        this.at++;
        this.rawEscapes = outer;
        return result;
      }
      if (char === '$') {
        const value = this.dollar();
        if (words !== undefined) for (const one of value) words.add(one, start);
        result += value;
      } else if ((char === "'" || char === '"') && this.options.skipQuotes !== true) {
        const value = char === "'" ? this.single() : this.double();
        words?.addRaw(value, start);
        result += value;
      } else {
        this.at += char.length;
        let added = char;
        if (char === this.options.escape) {
          if (rawEscapes) {
            words?.addRaw(char, start);
            result += char;
          }
          added = this.take();
          if (added === eof) break;
          words?.addRaw(added, start);
        } else words?.add(char, start);
        result += added;
      }
    }
    this.rawEscapes = outer;
    if (stop !== eof) throw new DockerfileError('expansion', stop === '}' ? "syntax error: missing '}'" : `syntax error: missing '${stop}' in \${}`);
    return result;
  }

  /** Goes over the characters that stand for themselves and neither end nor split a word. */
  private skipPlain(stop: string): void {
    const stopCode = stop === eof ? 0 : stop.charCodeAt(0);
    for (; this.at < this.text.length; this.at++) {
      const code = this.text.charCodeAt(this.at);
      if (code <= 32 || code > 126 || code === 36 || code === 34 || code === 39 || code === 92 || code === 96 || code === stopCode) return;
    }
  }

  private single(): string {
    const end = this.text.indexOf("'", this.at + 1);
    if (end < 0) {
      this.at = this.text.length;
      throw new DockerfileError('expansion', 'unexpected end of statement while looking for matching single-quote');
    }
    const inner = this.text.slice(this.at + 1, end);
    this.at = end + 1;
    return this.options.rawQuotes === true ? `'${inner}'` : inner;
  }

  private double(): string {
    const quote = this.options.rawQuotes === true ? '"' : '';
    let result = quote;
    this.at++;
    for (;;) {
      const char = this.peek();
      if (char === eof) throw new DockerfileError('expansion', 'unexpected end of statement while looking for matching double-quote');
      if (char === '$') {
        result += this.dollar();
        continue;
      }
      this.at += char.length;
      if (char === '"') return result + quote;
      let added = char;
      if (char === this.options.escape) {
        if (this.rawEscapes) result += char;
        const next = this.peek();
        if (next === eof) continue;
        if (next === '"' || next === '$' || next === this.options.escape) added = this.take();
      }
      result += added;
      if (result.length > largest) throw new DockerfileError('limit', 'the expanded word is larger than 1 MiB');
    }
  }

  private get(name: string): string | undefined {
    const value = this.lookup(name);
    (value === undefined ? this.undefinedNames : this.used).add(name);
    return value;
  }

  /** For operators that say what is to happen without a value. */
  private getOptional(name: string): string | undefined {
    const value = this.lookup(name);
    if (value !== undefined) this.used.add(name);
    return value;
  }

  private name(): string {
    const start = this.at;
    const char = this.peek();
    if (char !== eof && digit.test(char)) {
      while (this.peek() !== eof && digit.test(this.peek())) this.take();
    } else if (char !== eof && specialParameters.includes(char)) this.at++;
    else while (this.atNameChar()) this.take();
    return this.text.slice(start, this.at);
  }

  private atNameChar(): boolean {
    const code = this.text.charCodeAt(this.at);
    if (code < 128) return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95;
    return this.at < this.text.length && nameChar.test(this.peek());
  }

  private dollar(): string {
    this.at++;
    if (this.peek() !== '{') {
      const name = this.name();
      if (name === '') return '$';
      const value = this.get(name);
      return value ?? (this.options.skipUnset === true ? `$${name}` : '');
    }
    this.at++;
    const next = this.peek();
    if (next === eof) throw new DockerfileError('expansion', "syntax error: missing '}'");
    if (next === '{' || next === '}' || next === ':') throw new DockerfileError('expansion', 'syntax error: bad substitution');
    if (++this.depth > deepest) throw new DockerfileError('limit', `substitutions are nested more than ${deepest} deep`);
    try {
      return this.substitution(this.name());
    } finally {
      this.depth--;
    }
  }

  private substitution(name: string): string {
    const skipUnset = this.options.skipUnset === true;
    let operator = this.take();
    if (operator === '}') {
      const value = this.get(name);
      return value ?? (skipUnset ? `\${${name}}` : '');
    }
    if (operator === '/') return this.replacement(name, skipUnset);
    const colon = operator === ':';
    if (colon) operator = this.take();
    const written = colon ? `:${operator}` : operator;
    if (operator === eof) throw new DockerfileError('expansion', "syntax error: missing '}'");
    if (!'+-?#%'.includes(operator)) throw unsupported(written);
    const pattern = operator === '#' || operator === '%';
    const word = this.until('}', pattern);
    const value = pattern ? this.get(name) : this.getOptional(name);
    if (skipUnset && value === undefined) return `\${${name}${written}${word}}`;
    const missing = value === undefined || (colon && value === '');
    switch (operator) {
      case '-':
        return missing ? word : value;
      case '+':
        return missing ? '' : word;
      case '?':
        if (missing) throw new DockerfileError('expansion', `${name}: ${word === '' ? `is not allowed to be ${value === undefined ? 'unset' : 'empty'}` : word}`);
        return value;
      default: {
        if (colon) throw unsupported(written);
        const greedy = word.startsWith(operator);
        return (operator === '%' ? trimSuffix : trimPrefix)(value ?? '', greedy ? word.slice(1) : word, greedy);
      }
    }
  }

  private replacement(name: string, skipUnset: boolean): string {
    const all = this.peek() === '/';
    if (all) this.at++;
    const pattern = this.until('/', true);
    const replacement = this.until('}', true);
    const value = this.get(name);
    if (skipUnset && value === undefined) return `\${${name}/${pattern}/${replacement}}`;
    return replacePattern(value ?? '', pattern, replacement, all);
  }
}

function unsupported(operator: string): DockerfileError {
  return new DockerfileError('expansion', `unsupported modifier (${operator}) in substitution`, {
    hint: 'the operators are :- - :+ + :? ? # ## % %% / and //; a variable of the shell needs \\$ here',
  });
}
