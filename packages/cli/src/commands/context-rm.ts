import { CaissonError } from '@caisson/core';
import { changeDockerConfig, dockerConfigFolder } from '@caisson/docker-api/client';
import { defineCommand } from '../cli.js';
import { contextStore, currentContext } from '../contexts/current.js';
import { each } from './each.js';

export default defineCommand<{ force?: boolean }>({
  configure(command) {
    command.argument('<context...>', 'names').option('-f, --force', 'also the one in use, and no error for one that is not there').addHelpText('after', '\nExample:\n  caisson context rm lab\n');
  },
  run: (cli, names, { force = false }) =>
    each(cli, names, async (name) => {
      if (name === 'default') throw new CaissonError('invalid-argument', 'the default context cannot be removed');
      const inUse = currentContext(cli) === name;
      if (inUse && !force) throw new CaissonError('in-use', `context ${JSON.stringify(name)} is in use`, { hint: `choose another with caisson context use, or: caisson context rm -f ${name}` });
      const store = contextStore(cli);
      if (!force || store.has(name)) store.remove(name);
      if (inUse) changeDockerConfig(dockerConfigFolder(cli.globals.config), 'currentContext', undefined);
      return name;
    }),
});
