import { hasFlag } from '../shell/command.js';
import { installs } from '../shell/packages.js';
import { hasCacheMount } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3019',
  severity: 'info',
  title: 'Use apk add --no-cache',
  why: 'It saves the update beforehand and the index that would stay in the image.',
  bad: 'FROM alpine:3.20\nRUN apk update && apk add curl=8.9.1-r1\n',
  good: 'FROM alpine:3.20\nRUN apk add --no-cache curl=8.9.1-r1\n',
  commands: ['apk'],
  check(context) {
    for (const run of context.runs()) {
      if (hasCacheMount(run, '/var/cache/apk')) continue;
      const cleaned = run.commands.some((command) => command.name === 'rm' && command.args.some((arg) => arg.value.startsWith('/var/cache/apk')));
      for (const command of run.commands) if (command.name === 'apk' && installs(command) && !cleaned && !hasFlag(command, 'no-cache')) context.report(command.range);
    }
  },
});
