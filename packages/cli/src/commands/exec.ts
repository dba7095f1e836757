import { checkDetachKeys, type ExecRequest } from '@caisson/core';
import { defineCommand, type Cli } from '../cli.js';
import { collect } from '../flags/collect.js';
import { passOn, readEntries } from '../flags/env-file.js';
import { notATerminal } from '../terminal/not-a-terminal.js';
import { joinStreams } from '../terminal/join.js';

interface ExecFlags {
  readonly detach?: boolean;
  readonly detachKeys: string;
  readonly env?: string[];
  readonly envFile?: string[];
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
      .option('--detach-keys <keys>', 'keys that leave it running', 'ctrl-p,ctrl-q')
      .option('-e, --env <name=value>', 'set an environment variable', collect)
      .option('--env-file <file>', 'read environment variables from a file', collect)
      .option('-i, --interactive', 'keep standard input open')
      .option('-t, --tty', 'give it a terminal')
      .option('-u, --user <user[:group]>', 'user, by name or number')
      .option('-w, --workdir <dir>', 'working directory')
      .option('--privileged', 'give it every right')
      .addHelpText('after', '\nExamples:\n  caisson exec -it web sh\n  caisson exec web cat /etc/hostname\n');
  },
  async run(cli, [name = '', ...args], flags) {
    if (flags.tty && flags.interactive && !process.stdin.isTTY) throw notATerminal();
    checkDetachKeys(flags.detachKeys);
    const request = {
      args,
      env: [...readEntries(flags.envFile), ...(flags.env ?? [])].flatMap(passOn),
      terminal: flags.tty ?? false,
      stdin: flags.interactive ?? false,
      ...(flags.user === undefined ? {} : { user: flags.user }),
      ...(flags.workdir === undefined ? {} : { cwd: flags.workdir }),
      ...(flags.privileged ? { privileged: true } : {}),
    };
    // Keys are seen by whoever passes them on, and without a terminal here there is none to be lent: a monitor then holds one, and not this process.
    const held = flags.tty && ((flags.interactive && flags.detachKeys !== '') || !process.stdin.isTTY);
    if ((cli.remote || held) && !flags.detach) return execJoined(cli, name, request, flags.detachKeys);
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

/** The streams come to this process, which is what the terminal's keys and size are known to. */
async function execJoined(cli: Cli, name: string, request: ExecRequest, detachKeys: string): Promise<number> {
  const { terminal = false, stdin = false } = request;
  const { isTTY, columns, rows } = process.stdout;
  await using client = await cli.engine.containers.exec(name, { ...request, ...(terminal && isTTY ? { terminalSize: { columns, rows } } : {}) }, { stdio: 'pipe', signal: cli.signal });
  const outcome = await joinStreams(client, { terminal, stdin, detachKeys, kill: undefined });
  return outcome === 'detached' ? 0 : (await client.wait()).code;
}
