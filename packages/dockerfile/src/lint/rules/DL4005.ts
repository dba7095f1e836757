import { rule } from '../rule.js';

export default rule({
  code: 'DL4005',
  severity: 'warning',
  title: 'Use SHELL to change the default shell',
  why: 'A link over /bin/sh changes it for every package that relies on it, and is not seen in the image config.',
  bad: 'FROM debian:12\nRUN ln -sfv /bin/bash /bin/sh\n',
  good: 'FROM debian:12\nSHELL ["/bin/bash", "-c"]\n',
  commands: ['ln'],
  check(context) {
    for (const command of context.commands('ln')) if (command.args.some((arg, index) => index > 0 && arg.value === '/bin/sh' && index === command.args.length - 1)) context.report(command.range);
  },
});
