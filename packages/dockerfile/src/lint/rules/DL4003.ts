import { rule } from '../rule.js';

export default rule({
  code: 'DL4003',
  severity: 'warning',
  title: 'Only one CMD counts',
  why: 'The last one replaces the others.',
  bad: 'FROM debian:12\nCMD ["a"]\nCMD ["b"]\n',
  good: 'FROM debian:12\nCMD ["b"]\n',
  coveredBy: 'MultipleInstructionsDisallowed',
  instructions: ['cmd'],
  features: ['repeated'],
  check(context) {
    for (const stage of context.stages) for (const cmd of stage.of('cmd').slice(0, -1)) context.report(cmd.range);
  },
});
