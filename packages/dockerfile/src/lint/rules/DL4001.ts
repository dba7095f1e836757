import { rule } from '../rule.js';

export default rule({
  code: 'DL4001',
  severity: 'warning',
  title: 'Use either wget or curl, not both',
  why: 'One tool less is one package less to install and to keep up to date.',
  bad: 'FROM debian:12\nRUN wget -q https://example.com/a\nRUN curl -o b https://example.com/b\n',
  good: 'FROM debian:12\nRUN curl -o a https://example.com/a\nRUN curl -o b https://example.com/b\n',
  commands: ['wget'],
  check(context) {
    for (const stage of context.stages) {
      const commands = context.runsIn(stage).flatMap((run) => run.commands);
      const first = commands.find((command) => command.name === 'wget' || command.name === 'curl');
      const other = commands.find((command) => (command.name === 'wget' || command.name === 'curl') && command.name !== first?.name);
      if (first && other) context.report(other.range, { message: `Either use wget or curl but not both: ${first.name} is used above` });
    }
  },
});
