import { CaissonError, isCaissonError } from '@caisson/core';
import { predefinedNetwork } from '@caisson/docker-api/encode';
import { defineCommand } from '../cli.js';
import { each } from './each.js';

export default defineCommand<{ force?: boolean }>({
  configure(command) {
    command.argument('<network...>', 'names or IDs').option('-f, --force', 'no error for one that does not exist').addHelpText('after', '\nExample:\n  caisson network rm backend\n');
  },
  run: (cli, names, { force = false }) =>
    each(cli, names, async (name) => {
      try {
        await cli.engine.networks.remove(name);
        return name;
      } catch (error) {
        if (isCaissonError(error, 'not-found') && predefinedNetwork(name, new Date(0))) throw new CaissonError('denied', `${name} is a pre-defined network and cannot be removed`);
        if (!force || !isCaissonError(error, 'not-found')) throw error;
      }
    }),
});
