/**
 * What templates work on. JavaScript's own values stand for Go's: a plain object is a struct (a field that it does not have is a fault),
 * a Map is a map (a key that it does not have is `noValue`), an array is a slice, null is nil. A field whose value is a function is a method.
 */
export type Value = unknown;

/** What a key that a map does not have stands for. */
export const noValue = Symbol('no value');

export type Struct = Readonly<Record<string, Value>>;

export function isStruct(value: Value): value is Struct {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map);
}

/** False are false, 0, nil and all that is empty; a struct is always true. */
export function isTrue(value: Value): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  return Boolean(value) && value !== noValue;
}

/** The entries of a map, by key. */
export function sortedEntries(map: ReadonlyMap<unknown, Value>): [string, Value][] {
  return Array.from(map, ([key, value]): [string, Value] => [String(key), value]).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** For people, in messages. */
export function typeName(value: Value): string {
  if (value === null || value === undefined) return 'nil';
  if (value === noValue) return 'a missing value';
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a map';
  switch (typeof value) {
    case 'string':
      return 'a string';
    case 'number':
    case 'bigint':
      return 'a number';
    case 'boolean':
      return 'a boolean';
    case 'function':
      return 'a function';
    default:
      return 'an object';
  }
}

/** As Go's `%v` has it; with `plus`, structs have their fields' names. */
export function format(value: Value, plus = false): string {
  if (value === noValue) return '<no value>';
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return formatNumber(value);
  if (Array.isArray(value)) return `[${value.map((item) => format(item, plus)).join(' ')}]`;
  if (value instanceof Map) return `map[${sortedEntries(value).map(([key, item]) => `${key}:${format(item, plus)}`).join(' ')}]`;
  if (value instanceof Date) return value.toISOString();
  if (isStruct(value))
    return `{${Object.entries(value)
      .filter(([, item]) => typeof item !== 'function')
      .map(([name, item]) => (plus ? `${name}:` : '') + format(item, plus))
      .join(' ')}}`;
  return typeof value === 'boolean' || typeof value === 'bigint' ? String(value) : '<function>';
}

/** The shortest that reads back the same; with an exponent below 1e-4 and from 1e21 on. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value !== 0 && (Math.abs(value) < 1e-4 || Math.abs(value) >= 1e21)) return goExponent(value.toExponential());
  return String(value);
}

/** Go writes two digits at least. */
export function goExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** JSON in one line, maps by key. Methods are no fields. */
export function toJson(value: Value): string {
  return JSON.stringify(value === noValue || value === undefined ? null : value, (_, item: unknown) => (item instanceof Map ? Object.fromEntries(sortedEntries(item)) : item === noValue ? null : item));
}
