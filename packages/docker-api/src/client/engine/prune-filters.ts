import type { PruneOptions } from '@caisson/core';

/** docker's `filters` of a prune. */
export function pruneFilters({ before, labels = {}, withoutLabels = {} }: PruneOptions, more: Readonly<Record<string, readonly string[]>> = {}): string | undefined {
  const pairs = (all: Readonly<Record<string, string | undefined>>) => Object.entries(all).map(([name, value]) => (value === undefined ? name : `${name}=${value}`));
  return filters({ ...more, until: before ? [(before.getTime() / 1000).toFixed(3)] : [], label: pairs(labels), 'label!': pairs(withoutLabels) });
}

/** In the form of the query; names without values are left out. */
export function filters(values: Readonly<Record<string, readonly string[]>>): string | undefined {
  const said = Object.entries(values).filter(([, list]) => list.length > 0);
  return said.length > 0 ? JSON.stringify(Object.fromEntries(said)) : undefined;
}
