import { defineCommand } from '../cli.js';
import { each } from './each.js';

export default defineCommand<{ force?: boolean }>({
  configure(command) {
    command.argument('<volume...>', 'names').option('-f, --force', 'no error for one that does not exist').addHelpText('after', '\nExample:\n  caisson volume rm data\n');
  },
  run: (cli, names, { force = false }) =>
    each(cli, names, async (name) => {
      await cli.engine.volumes.remove(name, { force });
      return name;
    }),
});
