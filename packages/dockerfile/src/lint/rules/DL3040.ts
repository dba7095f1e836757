import { mentions } from '../shell/command.js';
import { installs } from '../shell/packages.js';
import { isCacheMounted } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3040',
  severity: 'warning',
  title: 'dnf clean all after using dnf',
  why: 'The metadata and packages that dnf keeps stay in the layer.',
  bad: 'FROM fedora:41\nRUN dnf install -y httpd-2.4.62\n',
  good: 'FROM fedora:41\nRUN dnf install -y httpd-2.4.62 && dnf clean all\n',
  coveredBy: 'size/package-lists',
  commands: ['dnf', 'dnf5', 'microdnf'],
  check(context) {
    for (const run of context.runs()) {
      const install = run.commands.find((command) => /dnf5?$/.test(command.name) && installs(command));
      if (!install) continue;
      const cleaned = run.commands.some((command) => (/dnf5?$/.test(command.name) && mentions(command, 'clean')) || (command.name === 'rm' && command.args.some((arg) => /^\/var\/cache\/(?:lib)?dnf5?|^\/var\/cache\/yum/.test(arg.value))));
      if (!cleaned && !isCacheMounted(run, /\/var\/cache(?:\/(?:lib)?dnf5?|\/yum)?\b/)) context.report(install.range, { message: `\`${install.name} clean all\` missing after ${install.name} command` });
    }
  },
});
