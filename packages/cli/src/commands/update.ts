import { CaissonError, type RestartPolicy } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { parseRestart } from '../flags/container.js';
import { addLimitFlags, limits, type LimitFlags } from '../flags/limits.js';
import { containersArgument, each } from './each.js';

export default defineCommand<LimitFlags & { restart?: string }>({
  configure(command) {
    addLimitFlags(containersArgument(command, 'caisson update -m 512m --cpus 1.5 web')).option('--restart <policy>', 'no, always, unless-stopped or on-failure[:N]');
  },
  async run(cli, names, flags) {
    const resources = limits(flags);
    const restart: RestartPolicy | undefined = flags.restart === undefined ? undefined : parseRestart(flags.restart);
    if (Object.keys(resources).length === 0 && !restart) throw new CaissonError('invalid-argument', 'nothing is to be changed', { hint: 'give a limit or --restart: caisson update --help' });
    return each(cli, names, async (name) => {
      for (const warning of await cli.engine.containers.update(name, { resources, ...(restart ? { restart } : {}) })) process.stderr.write(`caisson: ${name}: ${warning}\n`);
      return name;
    });
  },
});
