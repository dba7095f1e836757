import { isDigest, type Digest } from '@caisson/core';
import type { StepResult } from './build-cache.js';

/** The field of an image config that holds cache records: a list of pairs, key and diffID (null where a step made no layer). */
export const cacheField = 'caisson.cache.v1';

export type CacheRecords = readonly (readonly [key: Digest, diffId: Digest | null])[];

/** What of a config that came from elsewhere is well-formed. */
export function readRecords(config: Readonly<Record<string, unknown>>): Map<Digest, Digest | null> {
  const records = new Map<Digest, Digest | null>();
  const list = config[cacheField];
  if (!Array.isArray(list)) return records;
  for (const pair of list as unknown[]) {
    const [key, diffId] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (isDigest(key) && (diffId === null || isDigest(diffId))) records.set(key, diffId);
  }
  return records;
}

/** Records in a fixed order; those whose layer is none of `layers` are left out where that is given. */
export function toRecords(seen: ReadonlyMap<Digest, StepResult>, layers: ReadonlySet<Digest> | undefined): CacheRecords {
  return [...seen]
    .filter(([, { layer }]) => !layer || !layers || layers.has(layer.diffId))
    .map(([key, { layer }]) => [key, layer?.diffId ?? null] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}
