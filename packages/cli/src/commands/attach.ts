import { CaissonError, checkDetachKeys } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { joinStreams } from '../terminal/join.js';

export default defineCommand<{ stdin: boolean; sigProxy: boolean; detachKeys: string }>({
  configure(command) {
    command
      .argument('<container>', 'name or ID')
      .option('--no-stdin', 'do not send standard input')
      .option('--no-sig-proxy', 'do not pass signals on to the container')
      .option('--detach-keys <keys>', 'keys that leave it running', 'ctrl-p,ctrl-q')
      .addHelpText('after', '\nExample:\n  caisson attach --no-stdin web\n');
  },
  async run(cli, [name = ''], flags) {
    checkDetachKeys(flags.detachKeys);
    const { containers } = cli.engine;
    const container = await containers.get(name);
    if (container.status !== 'running') throw new CaissonError('in-use', `cannot attach to container ${container.name}: it is ${container.status === 'paused' ? 'paused' : 'not running'}`, { hint: `caisson ${container.status === 'paused' ? 'unpause' : 'start'} ${container.name}` });
    const stdin = flags.stdin && container.process.stdin;
    await using client = await containers.attach(container.id, { stdin });
    const outcome = await joinStreams(client, {
      terminal: container.process.terminal,
      stdin,
      detachKeys: flags.detachKeys,
      kill: flags.sigProxy ? (signal) => containers.kill(container.id, signal) : undefined,
    });
    return outcome === 'detached' ? 0 : (await containers.wait(container.id)).code;
  },
});
