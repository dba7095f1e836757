import { rule } from '../rule.js';

export default rule({
  code: 'DL3004',
  severity: 'error',
  title: 'Do not use sudo',
  why: 'A RUN is root or whoever USER says; sudo in between behaves differently about signals and terminals, and is one more package.',
  bad: 'FROM debian:12\nRUN sudo apt-get update\n',
  good: 'FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl=7.88.1-10 && rm -rf /var/lib/apt/lists/*\n',
  commands: ['sudo'],
  check(context) {
    for (const command of context.commands('sudo')) context.report(command.range);
  },
});
