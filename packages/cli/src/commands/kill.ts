import { defineCommand } from '../cli.js';
import { containersArgument, each } from './each.js';

export default defineCommand<{ signal: string }>({
  configure(command) {
    containersArgument(command, 'caisson kill -s HUP web')
      .option('-s, --signal <signal>', 'signal to send', 'KILL');
  },
  run: (cli, names, { signal }) =>
    each(cli, names, async (name) => {
      await cli.engine.containers.kill(name, signal || 'KILL');
      return name;
    }),
});
