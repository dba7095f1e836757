import { defineCommand } from '../cli.js';
import { oldTimeout, timeoutOf } from '../flags/timeout.js';
import { containersArgument, each } from './each.js';

export default defineCommand<{ signal?: string; timeout?: string; time?: string }>({
  configure(command) {
    containersArgument(command, 'caisson restart web')
      .option('-s, --signal <signal>', 'signal to send first')
      .option('-t, --timeout <seconds>', 'how long to wait before KILL; -1 for ever')
      .addOption(oldTimeout());
  },
  async run(cli, names, flags) {
    const wait = { signal: cli.signal, ...timeoutOf(flags) };
    return each(cli, names, async (name) => {
      const { containers } = cli.engine;
      if (flags.signal === undefined) await containers.restart(name, wait);
      else {
        await containers.stop(name, { ...wait, signalName: flags.signal });
        await containers.start(name, { signal: cli.signal });
      }
      return name;
    });
  },
});
