import { rule } from '../rule.js';

export default rule({
  code: 'DL3025',
  severity: 'warning',
  title: 'Use JSON notation for CMD and ENTRYPOINT',
  why: 'The shell form puts a shell between the engine and the program, which does not pass signals on.',
  bad: 'FROM busybox:1.36\nENTRYPOINT s3cmd\n',
  good: 'FROM busybox:1.36\nENTRYPOINT ["s3cmd"]\n',
  coveredBy: 'JSONArgsRecommended',
  instructions: ['cmd', 'entrypoint'],
  features: ['shell-form'],
  check(context) {
    for (const instruction of [...context.all('cmd'), ...context.all('entrypoint')]) if (instruction.shell) context.report(instruction.range);
  },
});
