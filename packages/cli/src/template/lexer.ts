import { templateError, type Place } from './errors.js';

export type TokenKind = 'text' | 'open' | 'close' | 'word' | 'field' | 'variable' | 'dot' | 'number' | 'string' | 'char' | 'symbol';

export interface Token {
  readonly kind: TokenKind;
  /** Of a field and a variable, without its dot or dollar sign; of a string and a character, what it stands for. */
  readonly text: string;
  readonly at: Place;
  /** White space stands before it: `.A .B` is two operands, `.A.B` one. */
  readonly spaced: boolean;
}

const spaces = /[ \t\r\n]*/y;
const asciiWord = /(?:[A-Za-z_]\w*)?/y;
/** Any word; made only where there is more than ASCII, since the tables of Unicode that it needs take longer than all else here. */
let anyWord: RegExp | undefined;
const number = /[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)/y;
const escapes: Readonly<Record<string, string>> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\', "'": "'", '"': '"' };

/** Cuts a template into text and the tokens of its actions, in one pass. Comments and trimmed white space are gone from the result. */
export function lex(source: string): Token[] {
  return new Lexer(source).run();
}

class Lexer {
  readonly #source: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #line = 1;
  #lineStart = 0;
  #counted = 0;

  constructor(source: string) {
    this.#source = source;
  }

  run(): Token[] {
    let trimNext = false;
    while (this.#at < this.#source.length) {
      const found = this.#source.indexOf('{{', this.#at);
      const end = found < 0 ? this.#source.length : found;
      const trimThis = found >= 0 && /^-[ \t\r\n]/.test(this.#source.slice(end + 2, end + 4));
      this.#text(this.#source.slice(this.#at, end), trimNext, trimThis);
      if (found < 0) break;
      this.#at = end + (trimThis ? 3 : 2);
      trimNext = this.#action(this.#place(end));
    }
    return this.#tokens;
  }

  #text(raw: string, trimStart: boolean, trimEnd: boolean): void {
    let start = 0;
    let end = raw.length;
    if (trimStart) while (start < end && isSpace(raw[start])) start++;
    if (trimEnd) while (end > start && isSpace(raw[end - 1])) end--;
    if (end > start) this.#tokens.push({ kind: 'text', text: raw.slice(start, end), at: this.#place(this.#at + start), spaced: false });
  }

  /** From behind `{{`; returns whether the text behind `}}` is to be trimmed. */
  #action(opened: Place): boolean {
    spaces.lastIndex = this.#at;
    const past = this.#at + (spaces.exec(this.#source)?.[0].length ?? 0);
    if (this.#source.startsWith('/*', past)) return this.#comment(past, opened);
    this.#push('open', '{{', opened, false);
    for (;;) {
      const before = this.#at;
      spaces.lastIndex = before;
      this.#at += spaces.exec(this.#source)?.[0].length ?? 0;
      const spaced = this.#at > before;
      if (this.#at >= this.#source.length) throw templateError('this action is not closed by }}', opened);
      const trim = spaced && this.#source.startsWith('-}}', this.#at);
      if (trim || this.#source.startsWith('}}', this.#at)) {
        this.#push('close', '}}', this.#place(this.#at), spaced);
        this.#at += trim ? 3 : 2;
        return trim;
      }
      this.#token(spaced);
    }
  }

  #comment(start: number, opened: Place): boolean {
    const end = this.#source.indexOf('*/', start + 2);
    const [whole, trim] = /^([ \t\r\n]-)?\}\}/.exec(end < 0 ? '' : this.#source.slice(end + 2, end + 6)) ?? [];
    if (whole === undefined) throw templateError('this comment is not closed by */}}', opened);
    this.#at = end + 2 + whole.length;
    return trim !== undefined;
  }

  #token(spaced: boolean): void {
    const start = this.#at;
    const at = this.#place(start);
    const character = this.#source[start] ?? '';
    const next = this.#source[start + 1] ?? '';
    if (character === '"') return this.#push('string', this.#quoted('"', at), at, spaced);
    if (character === "'") return this.#push('char', this.#quoted("'", at), at, spaced);
    if (character === '`') return this.#push('string', this.#raw(at), at, spaced);
    if (character === '$') {
      this.#at++;
      return this.#push('variable', this.#word(), at, spaced);
    }
    if (/\d/.test(character) || (/[+-.]/.test(character) && /[\d.]/.test(next) && !(character === '.' && next === '.'))) {
      const text = this.#take(number);
      if (text !== '') {
        this.#refuseTail(text, at);
        return this.#push('number', text, at, spaced);
      }
    }
    if (character === '.') {
      this.#at++;
      const name = this.#word();
      return name === '' ? this.#push('dot', '.', at, spaced) : this.#push('field', name, at, spaced);
    }
    const name = this.#word();
    if (name !== '') return this.#push('word', name, at, spaced);
    const symbol = this.#source.startsWith(':=', start) ? ':=' : character;
    if (!['|', '(', ')', ',', '=', ':='].includes(symbol)) throw templateError(`${JSON.stringify(symbol)} is not expected here`, at);
    this.#at += symbol.length;
    this.#push('symbol', symbol, at, spaced);
  }

  #refuseTail(text: string, at: Place): void {
    const tail = this.#word();
    if (tail !== '') throw templateError(`${JSON.stringify(text + tail)} is not a number`, at);
  }

  #take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const text = pattern.exec(this.#source)?.[0] ?? '';
    this.#at += text.length;
    return text;
  }

  #raw(at: Place): string {
    const end = this.#source.indexOf('`', this.#at + 1);
    if (end < 0) throw templateError('this string is not closed', at);
    const text = this.#source.slice(this.#at + 1, end);
    this.#at = end + 1;
    return text.replaceAll('\r', '');
  }

  #quoted(quote: string, at: Place): string {
    const parts: string[] = [];
    for (this.#at++; ; ) {
      const character = this.#source[this.#at];
      if (character === undefined || character === '\n') throw templateError('this string is not closed', at);
      this.#at++;
      if (character === quote) break;
      parts.push(character === '\\' ? this.#escape(at) : character);
    }
    const text = parts.join('');
    if (quote === "'" && Array.from(text).length !== 1) throw templateError(`'${text}' is not one character`, at, 'write strings in double quotes');
    return text;
  }

  #escape(at: Place): string {
    const letter = this.#source[this.#at++] ?? '';
    const simple = escapes[letter];
    if (simple !== undefined) return simple;
    const [pattern, radix] = letter === 'x' ? ([/[0-9a-fA-F]{2}/y, 16] as const) : letter === 'u' ? ([/[0-9a-fA-F]{4}/y, 16] as const) : letter === 'U' ? ([/[0-9a-fA-F]{8}/y, 16] as const) : ([/[0-7]{3}/y, 8] as const);
    if (radix === 8) this.#at--;
    const code = Number.parseInt(this.#take(pattern), radix);
    if (Number.isNaN(code) || code > 0x10ffff) throw templateError(`\\${letter} is not an escape`, at);
    return String.fromCodePoint(code);
  }

  #word(): string {
    const start = this.#at;
    const text = this.#take(asciiWord);
    if (this.#source.charCodeAt(this.#at) < 0x80 || this.#at >= this.#source.length) return text;
    this.#at = start;
    return this.#take((anyWord ??= /[\p{L}_][\p{L}\p{Nd}_]*/uy));
  }

  #push(kind: TokenKind, text: string, at: Place, spaced: boolean): void {
    this.#tokens.push({ kind, text, at, spaced });
  }

  /** Asked for in rising order, but for the start of an action: lines are counted once. */
  #place(offset: number): Place {
    for (let next = this.#source.indexOf('\n', this.#counted); next >= 0 && next < offset; next = this.#source.indexOf('\n', next + 1)) {
      this.#line++;
      this.#lineStart = next + 1;
    }
    this.#counted = Math.max(this.#counted, offset);
    return { line: this.#line, column: offset - this.#lineStart + 1 };
  }
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\r' || character === '\n';
}
