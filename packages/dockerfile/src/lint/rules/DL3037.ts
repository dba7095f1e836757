import { installs, isFile, isVariable } from '../shell/packages.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3037',
  severity: 'warning',
  title: 'Pin versions in zypper install',
  why: 'Without a version a rebuild may install another one.',
  bad: 'FROM opensuse/leap:15.6\nRUN zypper install -y httpd && zypper clean\n',
  good: 'FROM opensuse/leap:15.6\nRUN zypper install -y httpd=2.4.58 && zypper clean\n',
  commands: ['zypper'],
  check(context) {
    for (const command of context.commands('zypper')) {
      const loose = installs(command)?.packages.find(({ value }) => !/[=<>]/.test(value) && !isFile(value) && !isVariable(value));
      if (loose) context.report(loose.range, { message: `Pin the version of ${loose.value}: zypper install -y ${loose.value}=<version>` });
    }
  },
});
