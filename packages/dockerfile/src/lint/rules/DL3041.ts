import { installs, isFile, isVariable } from '../shell/packages.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3041',
  severity: 'warning',
  title: 'Pin versions in dnf install',
  why: 'Without a version a rebuild may install another one.',
  bad: 'FROM fedora:41\nRUN dnf install -y httpd && dnf clean all\n',
  good: 'FROM fedora:41\nRUN dnf install -y httpd-2.4.62 && dnf clean all\n',
  commands: ['dnf', 'dnf5', 'microdnf'],
  check(context) {
    for (const command of context.commands('dnf', 'dnf5', 'microdnf')) {
      const loose = installs(command)?.packages.find(({ value }) => !/-\d|:/.test(value) && !isFile(value) && !isVariable(value) && !value.startsWith('@'));
      if (loose) context.report(loose.range, { message: `Pin the version of ${loose.value}: ${command.name} install -y ${loose.value}-<version>` });
    }
  },
});
