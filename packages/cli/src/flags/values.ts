import { CaissonError } from '@caisson/core';
import { USAGE } from '../output/errors.js';
import { parseSize } from '../output/units.js';

/** The values of options: each of these throws CaissonError `invalid-argument` that names the option. */
export function invalid(flag: string, value: string, hint: string): never {
  throw new CaissonError('invalid-argument', `${flag}: ${JSON.stringify(value.slice(0, 200))} is not valid`, { hint, details: { exitCode: USAGE } });
}

export function oneOf<T extends string>(flag: string, value: string, known: readonly T[]): T {
  return known.find((one) => one === value) ?? invalid(flag, value, `use one of ${known.join(', ')}`);
}

export function number(flag: string, value: string): number {
  const result = Number(value);
  return value.trim() === '' || !Number.isFinite(result) ? invalid(flag, value, 'give a number') : result;
}

export function count(flag: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  const result = number(flag, value);
  return Number.isInteger(result) ? result : invalid(flag, value, 'give a whole number');
}

/** Bytes; -1 means without a limit. */
export function size(flag: string, value: string | undefined): number | undefined {
  return value === undefined ? undefined : value === '-1' ? -1 : parseSize(value, flag);
}

const units: Readonly<Record<string, number>> = { ns: 1, us: 1e3, 'µs': 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** `1m30s`, `500ms`, `0`: nanoseconds. */
export function duration(flag: string, value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (value === '0') return 0;
  const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(([text]) => text).join('') !== value) invalid(flag, value, 'write a span of time, such as 1m30s or 500ms');
  return Math.round(parts.reduce((sum, [, amount, unit = '']) => sum + Number(amount) * (units[unit] ?? 0), 0));
}

/** `NAME=VALUE` each; NAME alone has the empty value. */
export function pairs(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(entries.map((entry) => (entry.includes('=') ? [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)] : [entry, ''])));
}

/** The fields of a line of CSV, where one in quotes may hold commas. */
export function csvFields(text: string): string[] {
  return [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => (quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"')));
}

export type Undefinable<T> = { [K in keyof Required<T>]: T[K] | undefined };

/** An option that was not given is absent, not undefined. */
export function definedOnly<T extends object>(options: Undefinable<T>): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
