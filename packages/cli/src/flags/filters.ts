import { CaissonError } from '@caisson/core';
import { USAGE } from '../output/errors.js';

/**
 * Makes a test of `--filter name=value` options: values of one name are alternatives, different names must all hold.
 * @throws CaissonError `invalid-argument` for a name that is not known
 */
export function filterBy<T>(filters: readonly string[], known: Readonly<Record<string, (item: T, value: string) => boolean>>): (item: T) => boolean {
  const byName = new Map<string, string[]>();
  for (const filter of filters) {
    const [name = '', value] = filter.split(/=(.*)/s);
    if (value === undefined || !known[name]) throw new CaissonError('invalid-argument', `--filter: ${JSON.stringify(filter)} is not a filter`, { hint: `write NAME=VALUE; names are ${Object.keys(known).join(', ')}`, ...(value === undefined ? { details: { exitCode: USAGE } } : {}) });
    if (name === 'dangling' && !/^(?:true|false|1|0)$/i.test(value)) throw new CaissonError('invalid-argument', `--filter: ${JSON.stringify(filter)} is not valid`, { hint: 'write dangling=true or dangling=false' });
    byName.set(name, [...(byName.get(name) ?? []), value]);
  }
  return (item) => [...byName].every(([name, values]) => (name === 'label' ? values.every((value) => known[name]?.(item, value)) : values.some((value) => known[name]?.(item, value))));
}

/** `name` or `name=value`. */
export function hasLabel(labels: Readonly<Record<string, string>> | undefined, wanted: string): boolean {
  const [name = '', value] = wanted.split(/=(.*)/s);
  return labels !== undefined && Object.hasOwn(labels, name) && (value === undefined || labels[name] === value);
}

/** docker reads the value as a regular expression; what is none is looked for as it stands. */
export function isLike(text: string, wanted: string): boolean {
  try {
    return new RegExp(wanted).test(text);
  } catch {
    return text.includes(wanted);
  }
}
