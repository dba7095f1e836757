import { rule } from '../rule.js';

export default rule({
  code: 'DL3063',
  severity: 'error',
  title: 'A stage should not have a reserved name',
  why: '`scratch` is the empty image, `context` the build context.',
  bad: 'FROM debian:12 AS scratch\n',
  good: 'FROM debian:12 AS build\n',
  coveredBy: 'ReservedStageName',
  features: ['stage-name'],
  check(context) {
    for (const { as } of context.all('from')) if (as && /^(?:scratch|context)$/i.test(as.value)) context.report(as.range);
  },
});
