import { rule } from '../rule.js';

export default rule({
  code: 'DL3023',
  severity: 'error',
  title: 'COPY --from cannot name its own stage',
  why: 'A stage can copy only from what is finished.',
  bad: 'FROM node:22 AS foo\nCOPY --from=foo bar .\n',
  good: 'FROM node:22 AS foo\nRUN true\nFROM node:22\nCOPY --from=foo bar .\n',
  coveredBy: 'parse/stage',
  instructions: ['copy'],
  features: ['copy-from'],
  check(context) {
    for (const stage of context.resolved.stages)
      for (const dependency of stage.dependencies)
        if (dependency.by === 'copy' && dependency.source.kind === 'stage' && dependency.source.index === stage.index) context.report(dependency.range);
  },
});
