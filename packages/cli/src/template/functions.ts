import { compare, equals, equalsAny } from './compare.js';
import { templateError } from './errors.js';
import { sprintf } from './printf.js';
import { format, isStruct, isTrue, noValue, toJson, typeName, type Value } from './values.js';

/** A function of templates, with the least and the most arguments that it takes. */
export interface TemplateFunction {
  readonly least: number;
  readonly most: number;
  call(args: readonly Value[]): Value;
}

const many = Number.POSITIVE_INFINITY;
const define = (least: number, most: number, call: (args: readonly Value[]) => Value): TemplateFunction => ({ least, most, call });

/** One that works on a string (and what `more` arguments tell it). */
const onText = (more: number, call: (text: string, args: readonly Value[]) => Value): TemplateFunction => define(1 + more, 1 + more, ([text, ...args]) => call(string(text), args));

const byOrder = (holds: (order: number) => boolean) => define(2, 2, ([a, b]) => holds(compare(a, b)));

/** Those of text/template, then docker's own. */
export const functions: ReadonlyMap<string, TemplateFunction> = new Map([
  // The evaluator stops at the first argument that decides.
  ['and', define(1, many, (args) => args.find((value) => !isTrue(value)) ?? args.at(-1))],
  ['or', define(1, many, (args) => args.find(isTrue) ?? args.at(-1))],
  ['not', define(1, 1, ([value]) => !isTrue(value))],
  ['eq', define(2, many, equalsAny)],
  ['ne', define(2, 2, ([a, b]) => !equals(a, b))],
  ['lt', byOrder((order) => order < 0)],
  ['le', byOrder((order) => order <= 0)],
  ['gt', byOrder((order) => order > 0)],
  ['ge', byOrder((order) => order >= 0)],
  ['call', define(1, many, ([called, ...args]) => (typeof called === 'function' ? (Reflect.apply(called, undefined, args) as Value) : fail(`${typeName(called)} cannot be called`)))],
  ['html', define(0, many, (args) => print(args).replaceAll(/[&<>"'\0]/g, (character) => htmlEntities[character] ?? '')) ],
  ['js', define(0, many, (args) => escapeJs(print(args)))],
  ['urlquery', define(0, many, (args) => new URLSearchParams([['', print(args)]]).toString().slice(1))],
  ['index', define(1, many, ([value, ...keys]) => keys.reduce(index, value))],
  ['slice', define(1, 4, ([value, ...bounds]) => slice(value, bounds))],
  ['len', define(1, 1, ([value]) => length(value))],
  ['print', define(0, many, print)],
  ['printf', define(1, many, ([pattern, ...args]) => sprintf(string(pattern), args))],
  ['println', define(0, many, (args) => `${args.map((value) => format(value)).join(' ')}\n`)],
  ['json', define(1, 1, ([value]) => toJson(value))],
  ['split', onText(1, (text, [separator]) => (string(separator) === '' ? Array.from(text) : text.split(string(separator))))],
  ['join', define(2, 2, ([list, separator]) => (Array.isArray(list) ? list.map((item) => format(item)).join(string(separator)) : list === null || list === noValue ? '' : fail(`join needs a list, not ${typeName(list)}`)))],
  ['title', onText(0, (text) => text.replaceAll(/(?<![\p{L}\p{Nd}_'])\p{L}/gu, (letter) => letter.toUpperCase()))],
  ['lower', onText(0, (text) => text.toLowerCase())],
  ['upper', onText(0, (text) => text.toUpperCase())],
  ['pad', onText(2, (text, [before, after]) => (text === '' ? '' : ' '.repeat(count(before)) + text + ' '.repeat(count(after))))],
  ['truncate', onText(1, (text, [most]) => (text.length <= count(most) ? text : text.slice(0, count(most))))],
]);

/** What these functions do to the headings of a table: letters stay as they are. */
export const headingFunctions: ReadonlyMap<string, TemplateFunction> = new Map([
  ...functions,
  ...['json', 'title', 'lower', 'upper', 'truncate', 'join', 'split'].map((name): [string, TemplateFunction] => [name, define(1, 3, ([text]) => text)]),
]);

function fail(message: string): never {
  throw templateError(message);
}

/** Like fmt.Sprint: a space between two operands neither of which is a string. */
function print(args: readonly Value[]): string {
  return args.map((value, place) => (place > 0 && typeof value !== 'string' && typeof args[place - 1] !== 'string' ? ' ' : '') + format(value)).join('');
}

function string(value: Value): string {
  return typeof value === 'string' ? value : value === noValue ? '' : fail(`a string is needed, not ${typeName(value)}`);
}

function count(value: Value): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 1_000_000 ? value : fail(`a whole number from 0 on is needed, not ${format(value)}`);
}

function length(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (value instanceof Map) return value.size;
  if (value === null) return 0;
  return fail(`${typeName(value)} has no length`);
}

function index(value: Value, key: Value): Value {
  if (value instanceof Map) return value.has(String(key)) ? (value.get(String(key)) as Value) : emptyOf(value);
  if (isStruct(value)) return typeof key === 'string' && Object.hasOwn(value, key) ? value[key] : noValue;
  if (value === null || value === undefined || value === noValue) return fail(`${typeName(value)} cannot be indexed`);
  if (!Array.isArray(value) && typeof value !== 'string') return fail(`${typeName(value)} cannot be indexed`);
  if (typeof key !== 'number') return fail(`${typeName(value)} is indexed by a number, not by ${typeName(key)}`);
  if (!(key >= 0 && key < value.length)) return fail(`index ${format(key)} is out of range: there ${value.length === 1 ? 'is' : 'are'} ${value.length}`);
  return typeof value === 'string' ? value.charCodeAt(key) : (value[key] as Value);
}

/** What a map of these values has for a key that is not there. */
function emptyOf(map: ReadonlyMap<unknown, Value>): Value {
  const [example] = map.values();
  return example === undefined || typeof example === 'string' ? '' : noValue;
}

function slice(value: Value, bounds: readonly Value[]): Value {
  if (typeof value !== 'string' && !Array.isArray(value)) return fail(`${typeName(value)} cannot be sliced`);
  const [from = 0, to = value.length] = bounds.map(count);
  if (from > to || to > value.length) return fail(`slice ${from} to ${to} is out of range: there ${value.length === 1 ? 'is' : 'are'} ${value.length}`);
  return value.slice(from, to);
}

const htmlEntities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;', '\0': '\uFFFD' };

function escapeJs(text: string): string {
  return text.replaceAll(/[\\'"<>&=\p{Cc}]/gu, (character) => {
    if (character === '\\' || character === "'" || character === '"') return `\\${character}`;
    return `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  });
}
