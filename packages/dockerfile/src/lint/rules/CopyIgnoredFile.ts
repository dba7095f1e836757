import { rule } from '../rule.js';

export default rule({
  code: 'CopyIgnoredFile',
  severity: 'warning',
  title: 'A file that .dockerignore leaves out cannot be copied',
  why: 'The build fails with a file that is not found, though it is there.',
  bad: 'FROM alpine:3.20\nCOPY ./tmp/Dockerfile /\n',
  good: 'FROM alpine:3.20\nCOPY ./src /src\n',
  exampleConfig: { ignored: (path: string) => path.startsWith('tmp') },
  instructions: ['copy', 'add'],
  features: ['config'],
  check(context) {
    const { ignored } = context.config;
    if (!ignored) return;
    for (const instruction of [...context.all('copy'), ...context.all('add')]) {
      if (instruction.kind === 'copy' && instruction.from) continue;
      for (const { value, range } of instruction.sources) {
        const path = value.replace(/^["']|["']$/g, '').replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');
        if (path === '' || path === '.' || /[*?[$]|:\/\//.test(path) || !ignored(path)) continue;
        context.report(range, { message: `Attempting to ${instruction.name === 'ADD' ? 'Add' : 'Copy'} file "${value}" that is excluded by .dockerignore` });
      }
    }
  },
});
