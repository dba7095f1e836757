import { templateError } from './errors.js';
import { format, formatNumber, goExponent, isStruct, noValue, sortedEntries, type Value } from './values.js';

/** Go's fmt.Sprintf for the values of templates. What does not fit its verb is shown as Go shows it: `%!d(string=x)`. */
export function sprintf(pattern: string, args: readonly Value[]): string {
  const directive = /%([+\-# 0]*)(?:\[(\d+)\])?(\*|\d+)?(?:\.(?:\[(\d+)\])?(\*|\d+)?)?(?:\[(\d+)\])?([\s\S]?)/gu;
  let next = 0;
  let reordered = false;
  const take = (): Value => (next < args.length ? args[next++] : missing);
  const seek = (index: string | undefined): void => {
    if (index === undefined) return;
    reordered = true;
    next = Number(index) - 1;
  };
  const count = (text: string | undefined): number | undefined => {
    const value = text === '*' ? take() : text === undefined ? undefined : Number(text);
    if (typeof value === 'number' && Math.abs(value) > 100_000) throw templateError('a width in printf is beyond 100000');
    return typeof value === 'number' ? value : undefined;
  };
  const result = pattern.replaceAll(directive, (whole: string, flags: string, widthAt: string | undefined, width: string | undefined, precisionAt: string | undefined, precision: string | undefined, valueAt: string | undefined, verb: string) => {
    if (verb === '%') return '%';
    if (verb === '') return '%!(NOVERB)';
    seek(widthAt);
    const wide = count(width);
    seek(precisionAt);
    const precise = whole.includes('.') ? (count(precision) ?? 0) : undefined;
    seek(valueAt);
    const value = take();
    if (value === missing) return `%!${verb}(${reordered ? 'BADINDEX' : 'MISSING'})`;
    const left = flags.includes('-') || (wide ?? 0) < 0;
    return pad(formatVerb(verb, value, { plus: flags.includes('+'), sharp: flags.includes('#'), space: flags.includes(' '), precise }), Math.abs(wide ?? 0), left, flags.includes('0') && typeof value === 'number');
  });
  const rest = reordered ? [] : args.slice(next);
  return rest.length === 0 ? result : `${result}%!(EXTRA ${rest.map((value) => `${goType(value)}=${format(value)}`).join(', ')})`;
}

const missing = Symbol('missing');

interface Flags {
  readonly plus: boolean;
  readonly sharp: boolean;
  readonly space: boolean;
  readonly precise: number | undefined;
}

function formatVerb(verb: string, value: Value, flags: Flags): string {
  if (verb === 'v') return flags.sharp ? goSyntax(value) : typeof value === 'number' && flags.precise !== undefined ? formatFloat('g', value, flags) : format(value, flags.plus);
  if (verb === 'T') return goType(value);
  if (verb === 't' && typeof value === 'boolean') return String(value);
  if (Array.isArray(value) && !['p', 'T'].includes(verb)) return `[${value.map((item) => formatVerb(verb, item, flags)).join(' ')}]`;
  if (typeof value === 'string') return formatString(verb, value, flags);
  if (typeof value === 'number') return formatNumeric(verb, value, flags);
  return bad(verb, value);
}

function formatString(verb: string, value: string, { sharp, space, plus, precise }: Flags): string {
  const text = precise === undefined ? value : Array.from(value).slice(0, precise).join('');
  switch (verb) {
    case 's':
      return text;
    case 'q':
      return sharp && !text.includes('`') ? `\`${text}\`` : quote(text, plus);
    case 'x':
    case 'X': {
      const hex = Array.from(Buffer.from(text), (byte) => byte.toString(16).padStart(2, '0')).join(space ? ' ' : '');
      return verb === 'X' ? hex.toUpperCase() : hex;
    }
    default:
      return bad(verb, value);
  }
}

const radixes: Readonly<Record<string, number>> = { d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };
const prefixes: Readonly<Record<string, string>> = { b: '0b', o: '0', x: '0x', X: '0X' };

function formatNumeric(verb: string, value: number, flags: Flags): string {
  const sign = flags.plus && value >= 0 ? '+' : flags.space && value >= 0 ? ' ' : '';
  if (/[eEfFgG]/.test(verb)) return sign + formatFloat(verb, value, flags);
  if (!Number.isInteger(value)) return bad(verb, value);
  const radix = radixes[verb];
  if (radix !== undefined) {
    const digits = Math.abs(value).toString(radix).padStart(flags.precise ?? 0, '0');
    return `${value < 0 ? '-' : sign}${verb === 'O' ? '0o' : flags.sharp ? (prefixes[verb] ?? '') : ''}${verb === 'X' ? digits.toUpperCase() : digits}`;
  }
  if (value < 0 || value > 0x10ffff) return bad(verb, value);
  switch (verb) {
    case 'c':
      return String.fromCodePoint(value);
    case 'q':
      return `'${quote(String.fromCodePoint(value), false).slice(1, -1)}'`;
    case 'U':
      return `U+${value.toString(16).toUpperCase().padStart(4, '0')}`;
    default:
      return bad(verb, value);
  }
}

function formatFloat(verb: string, value: number, { precise }: Flags): string {
  const lower = verb.toLowerCase();
  if (!Number.isFinite(value)) return formatNumber(value);
  const digits = Math.min(100, precise ?? 6);
  if (lower === 'f') return value.toFixed(digits);
  if (lower === 'e') {
    const text = goExponent(value.toExponential(digits));
    return verb === 'E' ? text.toUpperCase() : text;
  }
  if (precise === undefined) return formatNumber(value);
  const text = value.toPrecision(Math.max(1, digits));
  const short = text.includes('e') ? text.replace(/\.?0+e/, 'e') : text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return goExponent(short);
}

function pad(text: string, width: number, left: boolean, zeros: boolean): string {
  const gap = width - Array.from(text).length;
  if (gap <= 0) return text;
  if (left) return text + ' '.repeat(gap);
  if (!zeros) return ' '.repeat(gap) + text;
  const [, sign = '', digits = ''] = /^([+\- ]?)([\s\S]*)$/.exec(text) ?? [];
  return sign + '0'.repeat(gap) + digits;
}

function bad(verb: string, value: Value): string {
  return `%!${verb}(${value === null || value === undefined || value === noValue ? '<nil>' : `${goType(value)}=${format(value)}`})`;
}

/** As `%q`: in double quotes, with Go's escapes; with `ascii`, for all beyond it too. */
export function quote(text: string, ascii: boolean): string {
  const named: Readonly<Record<string, string>> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r', '\x07': '\\a', '\b': '\\b', '\f': '\\f', '\v': '\\v' };
  const escaped = Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (named[character] !== undefined) return named[character];
    if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
    if (ascii && code > 0x7f) return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
    return character;
  });
  return `"${escaped.join('')}"`;
}

function goSyntax(value: Value): string {
  if (value === null || value === undefined || value === noValue) return '<nil>';
  if (typeof value === 'string') return quote(value, false);
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (value instanceof Map) return `map[string]interface {}{${sortedEntries(value).map(([key, item]) => `${quote(key, false)}:${goSyntax(item)}`).join(', ')}}`;
  return format(value, true);
}

function goType(value: Value): string {
  if (value === null || value === undefined || value === noValue) return '<nil>';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64';
  if (Array.isArray(value)) return '[]interface {}';
  if (value instanceof Map) return 'map[string]interface {}';
  return isStruct(value) ? 'struct' : 'func';
}
