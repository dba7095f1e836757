import { defineCommand } from '../cli.js';
import { containersArgument, each } from './each.js';

export default defineCommand<object>({
  configure(command) {
    containersArgument(command, 'caisson wait job');
  },
  run: (cli, names, _flags) =>
    each(cli, names, async (name) => {
      return String((await cli.engine.containers.wait(name, { signal: cli.signal })).code);
    }),
});
