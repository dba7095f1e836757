import type { PruneOptions } from './engine.js';

/** Whether a prune takes what was made then and has these labels. */
export function isPruned({ before, labels = {}, withoutLabels = {} }: PruneOptions, { created, labels: own = {} }: { readonly created: Date | undefined; readonly labels?: Readonly<Record<string, string>> | undefined }): boolean {
  if (before !== undefined && (created === undefined || created >= before)) return false;
  const has = ([name, value]: [string, string | undefined]): boolean => Object.hasOwn(own, name) && (value === undefined || own[name] === value);
  return Object.entries(labels).every(has) && !Object.entries(withoutLabels).some(has);
}
