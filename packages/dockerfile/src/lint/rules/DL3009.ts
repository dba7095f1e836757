import { subcommand } from '../shell/command.js';
import { hasCacheMount } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3009',
  severity: 'info',
  title: 'Delete the apt lists after installing',
  why: 'They are some 20 to 40 MB that nothing in the image needs.',
  bad: 'FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl=7.88.1\n',
  good: 'FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl=7.88.1 && rm -rf /var/lib/apt/lists/*\n',
  coveredBy: 'size/package-lists',
  commands: ['apt-get', 'apt'],
  check(context) {
    for (const run of context.runs()) {
      const update = run.stage.kept && run.commands.find((command) => (command.name === 'apt-get' || command.name === 'apt') && subcommand(command, 'update'));
      if (!update) continue;
      const cleaned = run.commands.some((command) => command.name === 'rm' && command.args.some((arg) => arg.value.startsWith('/var/lib/apt/lists')));
      if (!cleaned && !hasCacheMount(run, '/var/lib/apt/lists')) context.report(update.range, { message: 'Delete the apt lists (/var/lib/apt/lists) after installing' });
    }
  },
});
