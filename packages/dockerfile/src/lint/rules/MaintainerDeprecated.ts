import { rule } from '../rule.js';

export default rule({
  code: 'MaintainerDeprecated',
  severity: 'warning',
  title: 'MAINTAINER is deprecated, use a label instead',
  why: 'The instruction sets a field that tools no longer show; the label `org.opencontainers.image.authors` is the standard place.',
  bad: 'FROM alpine:3.20\nMAINTAINER jane@example.com\n',
  good: 'FROM alpine:3.20\nLABEL org.opencontainers.image.authors="jane@example.com"\n',
  fixable: true,
  instructions: ['maintainer'],
  check(context) {
    for (const instruction of context.all('maintainer')) {
      const { value } = instruction.maintainer;
      const { start, end } = instruction.range;
      const text = `LABEL org.opencontainers.image.authors=${JSON.stringify(value)}`;
      // A label's value is expanded and unescaped, and that of MAINTAINER is not.
      const safe = start.line === end.line && /^[^"'$\\`]+$/.test(value);
      context.report(instruction.range, { message: 'Maintainer instruction is deprecated in favor of using label', hint: `write ${text}`, ...(safe && { fix: [{ start: start.offset, end: end.offset, text }] }) });
    }
  },
});
