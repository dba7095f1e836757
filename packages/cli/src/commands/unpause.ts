import { defineCommand } from '../cli.js';
import { containersArgument, each } from './each.js';

export default defineCommand<object>({
  configure(command) {
    containersArgument(command, 'caisson unpause web');
  },
  run: (cli, names, _flags) =>
    each(cli, names, async (name) => {
      await cli.engine.containers.unpause(name);
      return name;
    }),
});
