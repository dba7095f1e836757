import { rule } from '../rule.js';

export default rule({
  code: 'DL3043',
  severity: 'error',
  title: 'ONBUILD cannot hold ONBUILD, FROM or MAINTAINER',
  why: 'The build of an image that uses this one would stop.',
  bad: 'FROM debian:12\nONBUILD FROM alpine:3.20\n',
  good: 'FROM debian:12\nONBUILD RUN true\n',
  coveredBy: 'parse/onbuild',
  instructions: ['invalid'],
  check(context) {
    for (const instruction of context.file.instructions)
      if (instruction.name === 'ONBUILD' && instruction.kind === 'invalid' && /^onbuild\s+(?:onbuild|from|maintainer)\b/i.test(instruction.line)) context.report(instruction.range);
  },
});
