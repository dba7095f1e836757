import { installs, saysYes } from '../shell/packages.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3014',
  severity: 'warning',
  title: 'Use -y with apt-get install',
  why: 'Without it apt-get asks, finds no answer, and stops the build.',
  bad: 'FROM debian:12\nRUN apt-get install --no-install-recommends curl=7.88.1\n',
  good: 'FROM debian:12\nRUN apt-get install -y --no-install-recommends curl=7.88.1\n',
  fixable: true,
  commands: ['apt-get'],
  check(context) {
    for (const command of context.commands('apt-get')) {
      if (!installs(command) || saysYes(command)) continue;
      const word = command.args.find((arg) => arg.value === 'install');
      const fix = word && command.exact && word.text === 'install' ? [{ start: word.range.end.offset, end: word.range.end.offset, text: ' -y' }] : undefined;
      context.report(command.range, { message: 'Use the -y switch to avoid a question: apt-get -y install', ...(fix && { fix }) });
    }
  },
});
