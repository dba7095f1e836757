import { rule } from '../rule.js';

export default rule({
  code: 'DL3012',
  severity: 'error',
  title: 'Only one HEALTHCHECK counts',
  why: 'The last one replaces the others.',
  bad: 'FROM alpine:3.20\nHEALTHCHECK CMD a\nHEALTHCHECK CMD b\n',
  good: 'FROM alpine:3.20\nHEALTHCHECK CMD a\n',
  coveredBy: 'MultipleInstructionsDisallowed',
  instructions: ['healthcheck'],
  features: ['repeated'],
  check(context) {
    for (const stage of context.stages) for (const check of stage.of('healthcheck').slice(0, -1)) context.report(check.range);
  },
});
