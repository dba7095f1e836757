import { mentions } from '../shell/command.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3035',
  severity: 'warning',
  title: 'Do not use zypper dist-upgrade',
  why: 'It makes another release of the base image, which should be changed in FROM.',
  bad: 'FROM opensuse/leap:15.6\nRUN zypper dist-upgrade -y\n',
  good: 'FROM opensuse/leap:15.6\nRUN zypper install -y httpd=2.4.58 && zypper clean\n',
  commands: ['zypper'],
  check(context) {
    for (const command of context.commands('zypper')) if (mentions(command, 'dist-upgrade', 'dup')) context.report(command.range);
  },
});
