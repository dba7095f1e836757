import { rule } from '../rule.js';

export default rule({
  code: 'DL3024',
  severity: 'error',
  title: 'FROM aliases must be unique',
  why: 'The later stage hides the earlier.',
  bad: 'FROM debian:12 AS build\nFROM alpine:3.20 AS build\n',
  good: 'FROM debian:12 AS build\nFROM alpine:3.20 AS run\n',
  coveredBy: 'DuplicateStageName',
  features: ['stage-name'],
  check(context) {
    const seen = new Set<string>();
    for (const { as } of context.all('from')) {
      if (as && seen.has(as.value.toLowerCase())) context.report(as.range);
      if (as) seen.add(as.value.toLowerCase());
    }
  },
});
