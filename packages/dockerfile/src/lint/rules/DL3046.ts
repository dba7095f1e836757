import { hasFlag } from '../shell/command.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3046',
  severity: 'warning',
  title: 'useradd needs -l with a high UID',
  why: 'Without it useradd makes a sparse lastlog that grows the layer by gigabytes when it is written.',
  bad: 'FROM debian:12\nRUN useradd -u 123456 foobar\n',
  good: 'FROM debian:12\nRUN useradd -l -u 123456 foobar\n',
  commands: ['useradd'],
  check(context) {
    for (const command of context.commands('useradd')) {
      const at = command.args.findIndex((arg) => arg.value === '-u' || arg.value === '--uid');
      const uid = at >= 0 ? command.args[at + 1]?.value : command.args.map((arg) => /^(?:-u|--uid=)(\d+)$/.exec(arg.value)?.[1]).find(Boolean);
      if (uid !== undefined && /^\d{6,}$/.test(uid) && !hasFlag(command, 'l', 'no-log-init')) context.report(command.range, { message: '`useradd` without -l and a high UID makes the layer very large' });
    }
  },
});
