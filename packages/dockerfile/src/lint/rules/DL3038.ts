import { installs, saysYes } from '../shell/packages.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3038',
  severity: 'warning',
  title: 'Use -y with dnf install',
  why: 'Without it dnf asks, finds no answer, and stops the build.',
  bad: 'FROM fedora:41\nRUN dnf install httpd-2.4.62 && dnf clean all\n',
  good: 'FROM fedora:41\nRUN dnf install -y httpd-2.4.62 && dnf clean all\n',
  commands: ['dnf', 'dnf5', 'microdnf'],
  check(context) {
    for (const command of context.commands('dnf', 'dnf5', 'microdnf')) if (installs(command) && !saysYes(command)) context.report(command.range, { message: `Use the -y switch to avoid a question: ${command.name} install -y` });
  },
});
