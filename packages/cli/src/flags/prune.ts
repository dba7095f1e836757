import { CaissonError, type PruneOptions } from '@caisson/core';
import { parseTime } from '../commands/logs.js';

/**
 * What `--filter` of the prune commands say: `until=TIME`, `label=NAME[=VALUE]`, `label!=NAME[=VALUE]`. All must hold.
 * @throws CaissonError `invalid-argument`
 */
export function parsePruneFilters(filters: readonly string[] = [], known: readonly ('until' | 'label')[] = ['until', 'label']): PruneOptions {
  let before: Date | undefined;
  const labels: Record<string, string | undefined> = {};
  const withoutLabels: Record<string, string | undefined> = {};
  for (const filter of filters) {
    const [, name = '', not, rest = ''] = /^([a-z]+)(!?)=([\s\S]*)$/.exec(filter) ?? [];
    const isKnown = known.some((one) => one === name) && !(name === 'until' && not);
    if (!isKnown || rest === '') throw new CaissonError('invalid-argument', `--filter: ${JSON.stringify(filter)} is not a filter`, { hint: `write ${known.map((one) => (one === 'until' ? 'until=24h' : 'label=NAME, label=NAME=VALUE or label!=…')).join(', or ')}` });
    if (name === 'until') {
      if (before) throw new CaissonError('invalid-argument', '--filter: until is given twice');
      before = parseTime(rest, '--filter until');
    } else {
      const [label = '', value] = rest.split(/=(.*)/s);
      (not ? withoutLabels : labels)[label] = value;
    }
  }
  return { ...(before ? { before } : {}), ...(Object.keys(labels).length > 0 ? { labels } : {}), ...(Object.keys(withoutLabels).length > 0 ? { withoutLabels } : {}) };
}

export const pruneFilterHelp = 'only those made before a time (until=24h) or with a label (label=NAME, label!=NAME=VALUE)';
