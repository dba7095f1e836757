import { rule } from '../rule.js';

export default rule({
  code: 'DL3061',
  severity: 'error',
  title: 'A Dockerfile begins with FROM, ARG or a comment',
  why: 'Nothing else can be built before there is a base.',
  bad: 'RUN echo a\nFROM debian:12\n',
  good: 'ARG V=12\nFROM debian:$V\n',
  coveredBy: 'parse/order',
  features: ['no-from'],
  check(context) {
    const [first] = context.file.instructions.filter((instruction) => instruction.kind !== 'arg');
    if (first && first.name !== 'FROM' && first.kind !== 'invalid') context.report(first.range, { message: `Invalid instruction order: ${first.name} before FROM` });
  },
});
