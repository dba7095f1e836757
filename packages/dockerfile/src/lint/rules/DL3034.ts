import { mentions } from '../shell/command.js';
import { saysYes } from '../shell/packages.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3034',
  severity: 'warning',
  title: 'Use -y or --non-interactive with zypper',
  why: 'Without it zypper asks, finds no answer, and stops the build.',
  bad: 'FROM opensuse/leap:15.6\nRUN zypper install httpd=2.4.58 && zypper clean\n',
  good: 'FROM opensuse/leap:15.6\nRUN zypper install -y httpd=2.4.58 && zypper clean\n',
  commands: ['zypper'],
  check(context) {
    for (const command of context.commands('zypper'))
      if (mentions(command, 'install', 'in', 'remove', 'rm', 'source-install', 'si', 'patch') && !saysYes(command)) context.report(command.range, { message: 'Non-interactive switch missing from zypper: zypper install -y' });
  },
});
