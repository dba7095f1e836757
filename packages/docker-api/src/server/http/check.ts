import { badRequest } from './api-error.js';

/** Makes a value of a known type of one that came from outside. @throws ApiError 400 that names the field */
export type Check<T> = (value: unknown, field: string) => T;

type Fields = Readonly<Record<string, Check<unknown>>>;
export type Checked<F extends Fields> = { readonly [K in keyof F]?: Exclude<ReturnType<F[K]>, undefined> };

function wrong(field: string, wanted: string): never {
  throw badRequest(`invalid JSON: ${field || 'the body'} must be ${wanted}`);
}

export const text: Check<string> = (value, field) => {
  if (typeof value !== 'string') wrong(field, 'a string');
  if (value.includes('\0')) wrong(field, 'a string without NUL bytes');
  return value;
};

export const flag: Check<boolean> = (value, field) => (typeof value === 'boolean' ? value : wrong(field, 'true or false'));

export const integer: Check<number> = (value, field) => (typeof value === 'number' && Number.isSafeInteger(value) ? value : wrong(field, 'an integer'));

export function oneOf<const T extends string>(...known: readonly T[]): Check<T> {
  return (value, field) => known.find((one) => one === value) ?? wrong(field, `one of ${known.join(', ')}`);
}

/** Accepted and not looked at. */
export const anything: Check<unknown> = (value) => value;

export function list<T>(item: Check<T>): Check<readonly T[]> {
  return (value, field) => (Array.isArray(value) ? (value as unknown[]).map((one, place) => item(one, `${field}[${place}]`)) : wrong(field, 'a list'));
}

export const texts = list(text);

/** A list, or one string that stands for a list of one. */
export const textOrTexts: Check<readonly string[]> = (value, field) => (typeof value === 'string' ? [text(value, field)] : texts(value, field));

/** An object with any keys. */
export function map<T>(item: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value, field) => Object.fromEntries(Object.entries(plain(value, field)).map(([key, one]) => [text(key, field), item(one, `${field}.${key.slice(0, 60)}`)]));
}

export const textMap = map(text);

/** Null as a value that means something; elsewhere null is as good as absent. */
export function nullable<T>(item: Check<T>): Check<T | null> {
  return (value, field) => (value === null ? null : item(value, field));
}

/** An object with these fields, in upper or lower case as Go's decoder takes them; others are passed over, and null is as good as absent. */
export function object<F extends Fields>(fields: F): Check<Checked<F>> {
  const known = new Map(Object.entries(fields).map(([name, check]) => [name.toLowerCase(), [name, check] as const]));
  return (value, field) => {
    const result: Record<string, unknown> = {};
    for (const [key, one] of Object.entries(plain(value, field))) {
      const found = known.get(key.toLowerCase());
      if (!found || one === null) continue;
      const [name, check] = found;
      result[name] = check(one, field ? `${field}.${name}` : name);
    }
    return result as Checked<F>;
  };
}

function plain(value: unknown, field: string): object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : wrong(field, 'an object');
}
