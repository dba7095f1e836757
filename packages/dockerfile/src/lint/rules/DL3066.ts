import { unquote } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3066',
  severity: 'info',
  title: 'A user by name may not be known to the host',
  why: 'Orchestrators that check for a user other than root compare numbers; they cannot look a name up in the image.',
  bad: 'FROM debian:12\nUSER app\n',
  good: 'FROM debian:12\nUSER 10001\n',
  instructions: ['user'],
  check(context) {
    for (const { user } of context.all('user')) {
      const name = unquote(user.value).split(':')[0] ?? '';
      if (!/^\d+$/.test(name) && !name.includes('$') && name !== 'root') context.report(user.range, { message: `USER ${name} is not numeric: a host may not be able to resolve it` });
    }
  },
});
