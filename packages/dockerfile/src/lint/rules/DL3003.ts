import { rule } from '../rule.js';

export default rule({
  code: 'DL3003',
  severity: 'warning',
  title: 'Use WORKDIR to change the directory',
  why: 'A cd lasts for its RUN only, so that every later one begins in another place than the reader expects.',
  bad: 'FROM alpine:3.20\nRUN cd /usr/src/app\n',
  good: 'FROM alpine:3.20\nWORKDIR /usr/src/app\n',
  commands: ['cd'],
  check(context) {
    for (const run of context.runs()) {
      const [first, second] = run.commands;
      if (first?.name === 'cd' && (run.commands.length === 1 || (second && run.commands.every((command) => command.name === 'cd')))) context.report(first.range);
      else for (const command of run.commands) if (command.name === 'cd' && run.commands.length > 1 && command === first) context.report(command.range);
    }
  },
});
