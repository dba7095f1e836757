import { rule } from '../rule.js';

export default rule({
  code: 'MaintainerDeprecated',
  severity: 'warning',
  title: 'MAINTAINER is deprecated, use a label instead',
  why: 'The instruction sets a field that tools no longer show; the label `org.opencontainers.image.authors` is the standard place.',
  bad: 'FROM alpine:3.20\nMAINTAINER jane@example.com\n',
  good: 'FROM alpine:3.20\nLABEL org.opencontainers.image.authors="jane@example.com"\n',
  instructions: ['maintainer'],
  check(context) {
    // No fix: the image of a label has another config, without the author.
    for (const instruction of context.all('maintainer'))
      context.report(instruction.range, { message: 'Maintainer instruction is deprecated in favor of using label', hint: `write LABEL org.opencontainers.image.authors=${JSON.stringify(instruction.maintainer.value)}` });
  },
});
