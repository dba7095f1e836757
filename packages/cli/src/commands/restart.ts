import { defineCommand } from '../cli.js';
import { containersArgument, each } from './each.js';

export default defineCommand<{ time?: string }>({
  configure(command) {
    containersArgument(command, 'caisson restart web')
      .option('-t, --time <seconds>', 'how long to wait before KILL');
  },
  run: (cli, names, flags) =>
    each(cli, names, async (name) => {
      await cli.engine.containers.restart(name, { signal: cli.signal, ...(flags.time === undefined ? {} : { timeout: Number(flags.time) }) });
      return name;
    }),
});
