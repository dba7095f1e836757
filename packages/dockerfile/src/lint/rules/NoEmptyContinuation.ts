import { rule } from '../rule.js';

export default rule({
  code: 'NoEmptyContinuation',
  severity: 'warning',
  title: 'Empty continuation lines will become errors',
  why: 'BuildKit announces that an empty line inside a continued instruction will not be accepted for good; most are left by accident.',
  bad: 'FROM alpine:3.20\nRUN echo a \\\n\n    && echo b\n',
  good: 'FROM alpine:3.20\nRUN echo a \\\n    && echo b\n',
  fixable: true,
  features: ['empty-continuation'],
  check(context) {
    for (const instruction of context.file.instructions) {
      const [first] = instruction.emptyContinuations;
      if (first === undefined) continue;
      const fix = instruction.emptyContinuations.map((line) => ({ ...context.lineOffsets(line), text: '' }));
      context.report(context.range(fix[0]?.start ?? 0, fix[0]?.start ?? 0), { message: 'Empty continuation line', fix });
    }
  },
});
