import { installs, isFile, isVariable } from '../shell/packages.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3033',
  severity: 'warning',
  title: 'Pin versions in yum install',
  why: 'Without a version a rebuild may install another one.',
  bad: 'FROM rockylinux:9\nRUN yum install -y httpd && yum clean all\n',
  good: 'FROM rockylinux:9\nRUN yum install -y httpd-2.4.57 && yum clean all\n',
  commands: ['yum'],
  check(context) {
    for (const command of context.commands('yum')) {
      const loose = installs(command)?.packages.find(({ value }) => !/-\d|:/.test(value) && !isFile(value) && !isVariable(value) && !value.startsWith('@'));
      if (loose) context.report(loose.range, { message: `Pin the version of ${loose.value}: yum install -y ${loose.value}-<version>` });
    }
  },
});
