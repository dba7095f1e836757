import { rule } from '../rule.js';

export default rule({
  code: 'StageNameCasing',
  severity: 'warning',
  title: 'Stage names should be in lower case',
  why: 'Stage names are found without regard to case; one way of writing them keeps references easy to find.',
  bad: 'FROM alpine:3.20 AS BuilderBase\n',
  good: 'FROM alpine:3.20 AS builder-base\n',
  fixable: true,
  features: ['stage-name'],
  check(context) {
    for (const from of context.all('from')) {
      const name = from.as?.value;
      if (!from.as || name === undefined || name === name.toLowerCase()) continue;
      const { start, end } = from.as.range;
      context.report(from.as.range, { message: `Stage name '${name}' should be lowercase`, fix: [{ start: start.offset, end: end.offset, text: name.toLowerCase() }] });
    }
  },
});
