import { CaissonError } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';

interface ExecFlags {
  readonly detach?: boolean;
  readonly env?: string[];
  readonly interactive?: boolean;
  readonly tty?: boolean;
  readonly user?: string;
  readonly workdir?: string;
  readonly privileged?: boolean;
}

export default defineCommand<ExecFlags>({
  configure(command) {
    command
      .passThroughOptions()
      .argument('<container>', 'name or ID')
      .argument('<command>', 'program to run')
      .argument('[args...]', 'its arguments')
      .option('-d, --detach', 'do not wait for it')
      .option('-e, --env <name=value>', 'set an environment variable', collect)
      .option('-i, --interactive', 'keep standard input open')
      .option('-t, --tty', 'give it a terminal')
      .option('-u, --user <user[:group]>', 'user, by name or number')
      .option('-w, --workdir <dir>', 'working directory')
      .option('--privileged', 'give it every right')
      .addHelpText('after', '\nExamples:\n  caisson exec -it web sh\n  caisson exec web cat /etc/hostname\n');
  },
  async run(cli, [name = '', ...args], flags) {
    if (flags.tty && flags.interactive && !process.stdin.isTTY) throw new CaissonError('invalid-argument', 'standard input is not a terminal, as -t needs', { hint: 'leave out -t' });
    const request = {
      args,
      env: flags.env ?? [],
      terminal: flags.tty ?? false,
      stdin: flags.interactive ?? false,
      ...(flags.user === undefined ? {} : { user: flags.user }),
      ...(flags.workdir === undefined ? {} : { cwd: flags.workdir }),
      ...(flags.privileged ? { privileged: true } : {}),
    };
    await using process_ = await cli.engine.containers.exec(name, request, { stdio: flags.detach ? 'none' : 'inherit' });
    if (flags.detach) return 0;
    // Runs with our own streams: ctrl-c reaches it by the terminal, other signals we pass on.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.removeAllListeners(signal);
      process.on(signal, () => void process_.kill(signal).catch(() => {}));
    }
    return (await process_.wait()).code;
  },
});
