import { subcommand } from '../shell/command.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3027',
  severity: 'warning',
  title: 'Use apt-get instead of apt',
  why: 'apt is made for people at a terminal; its output and behaviour may change between versions.',
  bad: 'FROM debian:12\nRUN apt install -y --no-install-recommends curl=7.88.1\n',
  good: 'FROM debian:12\nRUN apt-get install -y --no-install-recommends curl=7.88.1\n',
  fixable: true,
  commands: ['apt'],
  check(context) {
    for (const command of context.commands('apt')) {
      const word = command.first;
      const same = subcommand(command, 'install', 'update', 'upgrade', 'remove', 'purge', 'autoremove', 'clean', 'autoclean', 'download', 'source', 'build-dep');
      const fix = command.exact && word.text === 'apt' && same ? [{ start: word.range.start.offset, end: word.range.end.offset, text: 'apt-get' }] : undefined;
      context.report(command.range, { ...(fix && { fix }) });
    }
  },
});
