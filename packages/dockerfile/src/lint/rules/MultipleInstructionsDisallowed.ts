import { rule } from '../rule.js';

export default rule({
  code: 'MultipleInstructionsDisallowed',
  severity: 'warning',
  title: 'A stage should have only one CMD, ENTRYPOINT and HEALTHCHECK',
  why: 'Only the last of them counts; the others mislead the reader.',
  bad: 'FROM alpine:3.20\nENTRYPOINT ["a"]\nENTRYPOINT ["b"]\n',
  good: 'FROM alpine:3.20\nENTRYPOINT ["a"]\n',
  instructions: ['cmd', 'entrypoint', 'healthcheck'],
  features: ['repeated'],
  check(context) {
    for (const stage of context.stages)
      for (const kind of ['cmd', 'entrypoint', 'healthcheck'] as const)
        for (const instruction of stage.of(kind).slice(0, -1))
          context.report(instruction.range, { message: `Multiple ${instruction.name} instructions should not be used in the same stage because only the last one will be used` });
  },
});
