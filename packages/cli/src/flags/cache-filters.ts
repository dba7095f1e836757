import { CaissonError, type PruneCacheOptions } from '@caisson/core';
import { parseTime } from '../commands/logs.js';

/** Ours, and what buildx calls the same. */
const kinds: Readonly<Record<string, NonNullable<PruneCacheOptions['kind']>>> = { layer: 'layer', mount: 'mount', regular: 'layer', 'exec.cachemount': 'mount' };

/** `--filter` of the build cache. @throws CaissonError `invalid-argument` */
export function cacheFilters(filters: readonly string[]): Pick<PruneCacheOptions, 'before' | 'kind'> {
  const wanted: { before?: Date; kind?: NonNullable<PruneCacheOptions['kind']> } = {};
  for (const filter of filters) {
    const [name, value] = filter.split(/=(.*)/s);
    if ((name === 'until' || name === 'unused-for') && value) wanted.before = parseTime(value, `--filter ${name}`);
    else if (name === 'type' && value && Object.hasOwn(kinds, value)) wanted.kind = kinds[value] ?? 'layer';
    else if (name === 'type') throw new CaissonError('invalid-argument', `--filter: there is no type ${JSON.stringify(value ?? '')} in the build cache`, { hint: 'write type=layer or type=mount' });
    else throw new CaissonError('invalid-argument', `--filter: ${JSON.stringify(filter)} is not a filter`, { hint: 'write until=24h, type=layer or type=mount' });
  }
  return wanted;
}
