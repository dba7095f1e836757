import { rule } from '../rule.js';

export default rule({
  code: 'DuplicateStageName',
  severity: 'error',
  title: 'Stage names should be unique',
  why: 'A later stage of the same name hides the earlier one, so that a reference may not mean what its writer thinks.',
  bad: 'FROM debian:12 AS builder\nFROM golang:1.24 AS builder\n',
  good: 'FROM debian:12 AS deb-builder\nFROM golang:1.24 AS go-builder\n',
  features: ['stage-name'],
  check(context) {
    const seen = new Set<string>();
    for (const { as } of context.all('from')) {
      const name = as?.value.toLowerCase();
      if (!as || name === undefined) continue;
      if (seen.has(name)) context.report(as.range, { message: `Duplicate stage name '${name}', stage names should be unique` });
      seen.add(name);
    }
  },
});
