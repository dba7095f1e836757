import { mentions } from '../shell/command.js';
import { installs } from '../shell/packages.js';
import { hasCacheMount } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3036',
  severity: 'warning',
  title: 'zypper clean after using zypper',
  why: 'The metadata and packages that zypper keeps stay in the layer.',
  bad: 'FROM opensuse/leap:15.6\nRUN zypper install -y httpd=2.4.58\n',
  good: 'FROM opensuse/leap:15.6\nRUN zypper install -y httpd=2.4.58 && zypper clean --all\n',
  coveredBy: 'size/package-lists',
  commands: ['zypper'],
  check(context) {
    for (const run of context.runs()) {
      const install = run.commands.find((command) => command.name === 'zypper' && installs(command));
      if (!install) continue;
      const cleaned = run.commands.some((command) => (command.name === 'zypper' && mentions(command, 'clean', 'cc')) || (command.name === 'rm' && command.args.some((arg) => arg.value.startsWith('/var/cache/zypp'))));
      if (!cleaned && !hasCacheMount(run, '/var/cache/zypp')) context.report(install.range, { message: '`zypper clean` missing after zypper use' });
    }
  },
});
