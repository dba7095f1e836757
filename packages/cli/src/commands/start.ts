import { CaissonError, checkDetachKeys } from '@caisson/core';
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
    checkDetachKeys(detachKeys);
    const { containers } = cli.engine;
    if (!attach && !interactive)
      return each(cli, names, async (name) => {
        await containers.start(name, { signal: cli.signal });
        return name;
      });
    if (names.length > 1) throw new CaissonError('invalid-argument', 'you cannot start and attach multiple containers at once', { hint: 'leave out -a and -i, or start one at a time' });
    const container = await containers.get(names[0] ?? '');
    return runAttached(cli, container, { stdin: (interactive ?? false) && container.process.stdin, detachKeys, sigProxy: true });
  },
});
