import { defineCommand } from '../cli.js';
import { runAttached } from '../terminal/run-attached.js';
import { containersArgument, each } from './each.js';

export default defineCommand<{ attach?: boolean; interactive?: boolean; detachKeys: string }>({
  configure(command) {
    containersArgument(command, 'caisson start web')
      .option('-a, --attach', 'join its output')
      .option('-i, --interactive', 'join its input as well')
      .option('--detach-keys <keys>', 'keys that leave it running', 'ctrl-p,ctrl-q');
  },
  async run(cli, names, { attach, interactive, detachKeys }) {
    const { containers } = cli.engine;
    if (!attach && !interactive)
      return each(cli, names, async (name) => {
        await containers.start(name, { signal: cli.signal });
        return name;
      });
    const container = await containers.get(names[0] ?? '');
    return runAttached(cli, container, { stdin: (interactive ?? false) && container.process.stdin, detachKeys, sigProxy: true });
  },
});
