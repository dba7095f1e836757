import { hasFlag } from '../shell/command.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3047',
  severity: 'info',
  title: 'Use wget with a short progress report',
  why: 'The bar of a large download fills the build log with thousands of lines.',
  bad: 'FROM debian:12\nRUN wget https://example.com/big_file.tar\n',
  good: 'FROM debian:12\nRUN wget --progress=dot:giga https://example.com/big_file.tar\n',
  commands: ['wget'],
  check(context) {
    for (const command of context.commands('wget')) {
      if (hasFlag(command, 'progress', 'q', 'quiet', 'o', 'output-file', 'a', 'append-output', 'nv', 'no-verbose', 'version', 'help')) continue;
      if (command.args.some((arg) => !arg.value.startsWith('-'))) context.report(command.range, { message: 'Avoid a long progress bar: wget --progress=dot:giga <url>' });
    }
  },
});
