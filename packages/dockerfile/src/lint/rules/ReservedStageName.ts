import { rule } from '../rule.js';

export default rule({
  code: 'ReservedStageName',
  severity: 'error',
  title: 'A stage cannot have a reserved name',
  why: '`scratch` is the empty image and `context` the build context; a stage of that name cannot be told from them.',
  bad: 'FROM alpine:3.20 AS scratch\n',
  good: 'FROM alpine:3.20 AS builder\n',
  features: ['stage-name'],
  check(context) {
    for (const { as } of context.all('from'))
      if (as && ['scratch', 'context'].includes(as.value.toLowerCase())) context.report(as.range, { message: `Stage name '${as.value}' is reserved` });
  },
});
