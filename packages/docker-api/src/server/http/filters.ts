import type { PruneOptions } from '@caisson/core';
import { badRequest } from './api-error.js';
import { parseTime, type Query } from './query.js';

/** The `filters` parameter: by name the values of which one must match. */
export class Filters {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(values: ReadonlyMap<string, readonly string[]>) {
    this.#values = values;
  }

  /**
   * `{"name":["a","b"]}`, or as clients before API 1.22 write it, `{"name":{"a":true}}`.
   * @throws ApiError 400 for anything else, and for a name that is not among `known`.
   */
  static of(query: Query, known: readonly string[]): Filters {
    const given = query.json('filters');
    if (given === undefined || given === null) return new Filters(new Map());
    if (typeof given !== 'object' || Array.isArray(given)) throw badRequest('invalid filters: not an object');
    const values = new Map<string, readonly string[]>();
    for (const [name, value] of Object.entries(given)) {
      if (!known.includes(name)) throw badRequest(`invalid filter '${name.slice(0, 100)}'`);
      values.set(name, listOf(name, value));
    }
    return new Filters(values);
  }

  has(name: string): boolean {
    return (this.#values.get(name)?.length ?? 0) > 0;
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** True where the filter is absent, or one of its values pleases. */
  some(name: string, test: (value: string) => boolean): boolean {
    const values = this.all(name);
    return values.length === 0 || values.some(test);
  }

  /** `true`, `1`, `false`, `0`; undefined where absent. */
  flag(name: string): boolean | undefined {
    const [value, ...more] = this.all(name);
    if (value === undefined) return undefined;
    const known: Readonly<Record<string, boolean>> = { true: true, '1': true, false: false, '0': false };
    const flag = known[value.toLowerCase()];
    if (flag === undefined || more.length > 0) throw badRequest(`invalid filter '${name}=${value.slice(0, 100)}'`);
    return flag;
  }

  /** `label=name` and `label=name=value`: all of them must be there. */
  labels(labels: Readonly<Record<string, string>> | undefined, name = 'label'): boolean {
    return this.all(name).every((wanted) => hasLabel(labels ?? {}, wanted));
  }

  /** `until`, `label` and `label!`, as prunes take them. */
  prune(now = new Date()): PruneOptions {
    const [until, ...more] = this.all('until');
    if (more.length > 0) throw badRequest('more than one until filter specified');
    return {
      ...(until === undefined ? {} : { before: parseUntil(until, now) }),
      ...(this.has('label') ? { labels: labelPairs(this.all('label')) } : {}),
      ...(this.has('label!') ? { withoutLabels: labelPairs(this.all('label!')) } : {}),
    };
  }
}

function listOf(name: string, value: unknown): string[] {
  const list = Array.isArray(value) ? (value as unknown[]) : typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, on]) => (on === true ? [key] : [])) : undefined;
  if (!list?.every((item): item is string => typeof item === 'string')) throw badRequest(`invalid filter '${name}'`);
  return list;
}

function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const at = wanted.indexOf('=');
  return at < 0 ? Object.hasOwn(labels, wanted) : Object.hasOwn(labels, wanted.slice(0, at)) && labels[wanted.slice(0, at)] === wanted.slice(at + 1);
}

function labelPairs(entries: readonly string[]): Record<string, string | undefined> {
  return Object.fromEntries(entries.map((entry) => (entry.includes('=') ? [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)] : [entry, undefined])));
}

/** A time, or how long ago: `24h`, `1h30m`. */
function parseUntil(text: string, now: Date): Date {
  const ago = parseDuration(text);
  return ago === undefined ? parseTime(text, 'until') : new Date(now.getTime() - ago);
}

const units: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** A duration as Go writes it, in milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) total += Number(amount) * (units[unit] ?? 0);
  return total;
}
