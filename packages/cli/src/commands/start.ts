import { defineCommand } from '../cli.js';
import { joinStreams } from '../terminal/join.js';
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
    const stdin = (interactive ?? false) && container.process.stdin;
    await using client = await containers.startAttached(container.id, { stdin });
    const outcome = await joinStreams(client, { terminal: container.process.terminal, stdin, detachKeys, kill: (signal) => containers.kill(container.id, signal) });
    if (outcome === 'detached') return 0;
    const { code } = await containers.wait(container.id);
    await containers.finish(container.id);
    return code;
  },
});
