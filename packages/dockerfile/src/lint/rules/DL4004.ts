import { rule } from '../rule.js';

export default rule({
  code: 'DL4004',
  severity: 'error',
  title: 'Only one ENTRYPOINT counts',
  why: 'The last one replaces the others.',
  bad: 'FROM debian:12\nENTRYPOINT ["a"]\nENTRYPOINT ["b"]\n',
  good: 'FROM debian:12\nENTRYPOINT ["b"]\n',
  coveredBy: 'MultipleInstructionsDisallowed',
  instructions: ['entrypoint'],
  features: ['repeated'],
  check(context) {
    for (const stage of context.stages) for (const entrypoint of stage.of('entrypoint').slice(0, -1)) context.report(entrypoint.range);
  },
});
