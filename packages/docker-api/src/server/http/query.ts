import { badRequest } from './api-error.js';

/** What follows the question mark. Each reader throws 400 for a value that is not of its kind. */
export class Query {
  readonly #values: URLSearchParams;

  constructor(text: string) {
    this.#values = new URLSearchParams(text);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Undefined where it is absent or empty. */
  text(name: string): string | undefined {
    return this.#values.get(name) || undefined;
  }

  all(name: string): string[] {
    return this.#values.getAll(name).filter((value) => value !== '');
  }

  /** As docker reads it: everything is true but an empty value, 0, no, false and none. */
  flag(name: string, otherwise = false): boolean {
    const value = this.#values.get(name);
    if (value === null) return otherwise;
    return !['', '0', 'no', 'false', 'none'].includes(value.trim().toLowerCase());
  }

  integer(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const number = Number(value);
    if (!/^[+-]?\d+$/.test(value) || !Number.isSafeInteger(number)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(value.slice(0, 100))}: invalid syntax in ${name}`);
    return number;
  }

  /** Seconds since 1970 with a fraction, or RFC 3339. Absent, empty and 0 mean no time. */
  time(name: string): Date | undefined {
    const value = this.text(name);
    return value === undefined || value === '0' ? undefined : parseTime(value, name);
  }

  /** A JSON document; undefined where it is absent. */
  json(name: string): unknown {
    const value = this.text(name);
    if (value === undefined) return undefined;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      throw badRequest(`${name} is not valid JSON`);
    }
  }
}

/** @throws ApiError 400 */
export function parseTime(value: string, name: string): Date {
  const seconds = /^-?\d+(?:\.\d{0,9})?$/.test(value) ? Number(value) * 1000 : Date.parse(value);
  const date = new Date(seconds);
  if (Number.isNaN(date.getTime())) throw badRequest(`invalid value for "${name}": ${JSON.stringify(value.slice(0, 100))} is no time`);
  return date;
}
