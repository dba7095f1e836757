import { defineCommand } from '../cli.js';
import { oldTimeout, timeoutOf } from '../flags/timeout.js';
import { containersArgument, each } from './each.js';

export default defineCommand<{ signal?: string; timeout?: string; time?: string }>({
  configure(command) {
    containersArgument(command, 'caisson stop -t 30 web')
      .option('-t, --timeout <seconds>', 'how long to wait before KILL; -1 for ever')
      .addOption(oldTimeout())
      .option('-s, --signal <signal>', 'signal to send first');
  },
  async run(cli, names, flags) {
    const timeout = timeoutOf(flags);
    return each(cli, names, async (name) => {
      await cli.engine.containers.stop(name, { signal: cli.signal, ...timeout, ...(flags.signal === undefined ? {} : { signalName: flags.signal }) });
      return name;
    });
  },
});
