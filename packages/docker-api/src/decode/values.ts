import type { Digest } from '@caisson/core';

/** An ID as a digest: some servers leave its algorithm away. */
export function digestOf(id: string): Digest {
  return (id.includes(':') ? id : `sha256:${id}`) as Digest;
}

/** docker writes the year 1 for what has not been. */
export function timeOf(text: string | undefined): string | undefined {
  return text === undefined || text === '' || text.startsWith('0001-01-01') ? undefined : text;
}

/** Seconds since 1970, or RFC 3339. */
export function dateOf(value: string | number | undefined): Date {
  const date = new Date(typeof value === 'number' ? value * 1000 : (value ?? 0));
  return Number.isNaN(date.getTime()) ? new Date(0) : date;
}

/** Without what is undefined, null, empty or zero: docker's ways to say nothing. */
export function said<T extends object>(fields: { readonly [K in keyof T]: T[K] | null | undefined | '' | 0 | false }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => Boolean(value) && !(Array.isArray(value) && value.length === 0))) as T;
}
