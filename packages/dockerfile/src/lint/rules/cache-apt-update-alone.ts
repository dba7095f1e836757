import { packageCall } from '../shell/packages.js';
import { rule } from '../rule.js';

export default rule({
  code: 'cache/apt-update-alone',
  severity: 'warning',
  title: 'A package list updated in a layer of its own goes stale',
  why: 'The layer is taken from the cache for weeks while the install after it asks for package versions that the archive has removed.',
  bad: 'FROM debian:12\nRUN apt-get update\nRUN apt-get install -y --no-install-recommends curl=7.88.1\n',
  good: 'FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl=7.88.1 && rm -rf /var/lib/apt/lists/*\n',
  commands: ['apt-get', 'apt', 'apk'],
  check(context) {
    for (const run of context.runs()) {
      // A later step may be a script that installs; only a plain update has no other reason to be alone.
      if (run.commands.length > 2) continue;
      const calls = run.commands.flatMap((command) => packageCall(command) ?? []).filter(({ manager }) => manager === 'apt' || manager === 'apk');
      const update = calls.find(({ action }) => action === 'update');
      if (!update || calls.some(({ action }) => action !== 'update' && action !== 'clean' && action !== '')) continue;
      context.report(update.command.range, { message: `\`${update.command.name} update\` alone in its layer goes stale in the cache`, hint: 'put it into the RUN that installs, joined with &&' });
    }
  },
});
