import { defineCommand } from '../cli.js';
import { each } from './each.js';

export default defineCommand({
  configure(command) {
    command.argument('<network...>', 'names or IDs').addHelpText('after', '\nExample:\n  caisson network rm backend\n');
  },
  run: (cli, names) =>
    each(cli, names, async (name) => {
      await cli.engine.networks.remove(name);
      return name;
    }),
});
