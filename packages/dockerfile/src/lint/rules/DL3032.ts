import { mentions } from '../shell/command.js';
import { installs } from '../shell/packages.js';
import { hasCacheMount } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3032',
  severity: 'warning',
  title: 'yum clean all after using yum',
  why: 'The metadata and packages that yum keeps stay in the layer.',
  bad: 'FROM rockylinux:9\nRUN yum install -y httpd-2.4.57\n',
  good: 'FROM rockylinux:9\nRUN yum install -y httpd-2.4.57 && yum clean all\n',
  coveredBy: 'size/package-lists',
  commands: ['yum'],
  check(context) {
    for (const run of context.runs()) {
      const install = run.commands.find((command) => command.name === 'yum' && installs(command));
      if (!install) continue;
      const cleaned = run.commands.some((command) => (command.name === 'yum' && mentions(command, 'clean')) || (command.name === 'rm' && command.args.some((arg) => arg.value.startsWith('/var/cache/yum'))));
      if (!cleaned && !hasCacheMount(run, '/var/cache/yum')) context.report(install.range, { message: '`yum clean all` missing after yum command' });
    }
  },
});
