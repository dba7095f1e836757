import { hasFlag } from '../shell/command.js';
import { installs } from '../shell/packages.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3015',
  severity: 'info',
  title: 'Use --no-install-recommends with apt-get',
  why: 'Recommended packages are often several times what was asked for.',
  bad: 'FROM debian:12\nRUN apt-get install -y curl=7.88.1\n',
  good: 'FROM debian:12\nRUN apt-get install -y --no-install-recommends curl=7.88.1\n',
  commands: ['apt-get'],
  check(context) {
    for (const command of context.commands('apt-get'))
      if (installs(command) && !hasFlag(command, 'no-install-recommends') && !command.args.some((arg) => /APT::Install-Recommends=(?:false|0)/i.test(arg.value))) context.report(command.range, { message: 'Avoid additional packages with --no-install-recommends' });
  },
});
