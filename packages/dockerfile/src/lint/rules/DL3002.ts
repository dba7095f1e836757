import { rule } from '../rule.js';

export default rule({
  code: 'DL3002',
  severity: 'warning',
  title: 'The last USER should not be root',
  why: 'A process that breaks out of its container as root is root on the host, unless user namespaces are in use.',
  bad: 'FROM debian:12\nUSER app\nUSER root\nCMD ["x"]\n',
  good: 'FROM debian:12\nUSER root\nUSER app\nCMD ["x"]\n',
  instructions: ['user'],
  check(context) {
    for (const stage of context.stages) {
      const last = stage.of('user').at(-1);
      if (last && stage.kept && /^["']?(?:root|0)["']?(?::|$)/.test(last.user.value)) context.report(last.range, { message: 'Last USER should not be root' });
    }
  },
});
