import { installs, saysYes } from '../shell/packages.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3030',
  severity: 'warning',
  title: 'Use -y with yum install',
  why: 'Without it yum asks, finds no answer, and stops the build.',
  bad: 'FROM rockylinux:9\nRUN yum install httpd-2.4.57\n',
  good: 'FROM rockylinux:9\nRUN yum install -y httpd-2.4.57 && yum clean all\n',
  commands: ['yum'],
  check(context) {
    for (const command of context.commands('yum')) if (installs(command) && !saysYes(command)) context.report(command.range, { message: 'Use the -y switch to avoid a question: yum install -y' });
  },
});
