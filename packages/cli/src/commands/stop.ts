import { defineCommand } from '../cli.js';
import { containersArgument, each } from './each.js';

export default defineCommand<{ time?: string; signal?: string }>({
  configure(command) {
    containersArgument(command, 'caisson stop -t 30 web')
      .option('-t, --time <seconds>', 'how long to wait before KILL; -1 for ever')
      .option('-s, --signal <signal>', 'signal to send first');
  },
  run: (cli, names, flags) =>
    each(cli, names, async (name) => {
      await cli.engine.containers.stop(name, { signal: cli.signal, ...(flags.time === undefined ? {} : { timeout: Number(flags.time) }), ...(flags.signal === undefined ? {} : { signalName: flags.signal }) });
      return name;
    }),
});
