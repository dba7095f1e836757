import { rule } from '../rule.js';

export default rule({
  code: 'FromAsCasing',
  severity: 'warning',
  title: 'The case of FROM and AS should match',
  why: 'Mixed case in one line is harder to read.',
  bad: 'FROM alpine:3.20 as build\n',
  good: 'FROM alpine:3.20 AS build\n',
  fixable: true,
  features: ['stage-name'],
  check(context) {
    for (const from of context.all('from')) {
      if (!from.asKeyword) continue;
      const upper = from.keyword.value === from.keyword.value.toUpperCase();
      const wanted = upper ? 'AS' : from.keyword.value === from.keyword.value.toLowerCase() ? 'as' : undefined;
      if (wanted === undefined || from.asKeyword.value === wanted) continue;
      const { start, end } = from.asKeyword.range;
      context.report(from.asKeyword.range, { message: `'${from.asKeyword.value}' and '${from.keyword.value}' keywords' casing do not match`, fix: [{ start: start.offset, end: end.offset, text: wanted }] });
    }
  },
});
