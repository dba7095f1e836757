import { rule } from '../rule.js';

export default rule({
  code: 'DL4000',
  severity: 'error',
  title: 'MAINTAINER is deprecated',
  why: 'Use the label `org.opencontainers.image.authors`.',
  bad: 'FROM debian:12\nMAINTAINER jane@example.com\n',
  good: 'FROM debian:12\nLABEL org.opencontainers.image.authors="jane@example.com"\n',
  coveredBy: 'MaintainerDeprecated',
  instructions: ['maintainer'],
  check(context) {
    for (const instruction of context.all('maintainer')) context.report(instruction.range);
  },
});
