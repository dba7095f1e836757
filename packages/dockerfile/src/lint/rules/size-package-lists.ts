import { mentions, subcommand } from '../shell/command.js';
import { installs, type Manager } from '../shell/packages.js';
import { hasCacheMount } from './support.js';
import { rule } from '../rule.js';

interface Leftover {
  readonly folder: string;
  readonly cost: string;
  readonly clean: string;
}
const leftovers: Partial<Record<Manager, Leftover>> = {
  apt: { folder: '/var/lib/apt/lists', cost: 'about 20 to 40 MB of package lists', clean: 'rm -rf /var/lib/apt/lists/*' },
  yum: { folder: '/var/cache/yum', cost: 'up to 200 MB of metadata', clean: 'yum clean all' },
  dnf: { folder: '/var/cache/dnf', cost: 'up to 200 MB of metadata', clean: 'dnf clean all' },
  zypper: { folder: '/var/cache/zypp', cost: 'up to 100 MB of metadata', clean: 'zypper clean --all' },
};

export default rule({
  code: 'size/package-lists',
  severity: 'info',
  title: 'Package lists or caches stay in the layer',
  why: 'They are tens of megabytes that only the package manager reads, and are out of date with the next build; removing them in a later RUN does not make the image smaller.',
  bad: 'FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl=7.88.1\n',
  good: 'FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl=7.88.1 && rm -rf /var/lib/apt/lists/*\n',
  commands: ['apt-get', 'apt', 'apk', 'yum', 'dnf', 'dnf5', 'microdnf', 'zypper'],
  check(context) {
    for (const run of context.runs()) {
      if (!run.stage.kept) continue;
      for (const command of run.commands) {
        const call = installs(command);
        const updates = (command.name === 'apt-get' || command.name === 'apt') && subcommand(command, 'update');
        const manager = updates ? 'apt' : call && call.manager !== 'apt' ? call.manager : undefined;
        const left = manager === undefined ? undefined : leftovers[manager];
        if (!left || hasCacheMount(run, left.folder) || run.run.mounts.some(({ flag }) => /type=cache/.test(flag.value ?? '') && /dnf|yum|zypp/.test(flag.value ?? ''))) continue;
        const cleaned = run.commands.some((other) => (other.name === 'rm' && other.args.some((arg) => arg.value.startsWith(left.folder.replace(/\/lists$/, '')))) || (manager !== 'apt' && other.name === command.name && mentions(other, 'clean', 'cc')));
        if (cleaned) continue;
        context.report(command.range, { message: `\`${command.name} ${updates ? 'update' : 'install'}\` leaves ${left.cost} in the layer`, hint: `end this RUN with && ${left.clean.replace(/^dnf/, command.name)}` });
        break;
      }
    }
  },
});
