import { hasFlag } from '../shell/command.js';
import { installs } from '../shell/packages.js';
import { isCacheMounted } from './support.js';
import { rule } from '../rule.js';

const on = /^(?:1|true|yes|on)$/i;

export default rule({
  code: 'DL3042',
  severity: 'warning',
  title: 'Use pip install --no-cache-dir',
  why: 'pip\'s download cache stays in the layer and is of no use there.',
  bad: 'FROM python:3.12\nRUN pip install django==5.0.1\n',
  good: 'FROM python:3.12\nRUN pip install --no-cache-dir django==5.0.1\n',
  commands: ['pip'],
  check(context) {
    for (const run of context.runs()) {
      const env = run.stage.of('env').some((one) => one.range.start.offset < run.run.range.start.offset && one.pairs.some(({ key, value }) => key === 'PIP_NO_CACHE_DIR' && /^["']?(?:1|0|true|false|yes|no|on|off)["']?$/i.test(value ?? '')));
      if (env || isCacheMounted(run, /\.cache(?:\/pip)?\b|pip/)) continue;
      const cleaned = run.commands.some((command) => (/^pip[0-9.]*$/.test(command.name) && command.args[0]?.value === 'cache' && command.args[1]?.value === 'purge') || (command.name === 'rm' && command.args.some((arg) => /\.cache/.test(arg.value))));
      for (const command of run.commands) {
        const call = installs(command, 'pip');
        if (call && !cleaned && !hasFlag(call.command, 'no-cache-dir') && !on.test(command.env.get('PIP_NO_CACHE_DIR') ?? '')) context.report(command.range, { message: 'Avoid a cache that is never used: pip install --no-cache-dir' });
      }
    }
  },
});
