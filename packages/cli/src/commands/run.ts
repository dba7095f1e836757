import { CaissonError, checkDetachKeys } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';
import { addContainerFlags, containerOptions, type ContainerFlags } from '../flags/container.js';
import { writeIdFile } from '../flags/id-file.js';
import { oneOf } from '../flags/values.js';
import { reportWarnings } from '../output/errors.js';
import { pullProgress } from '../output/pull-progress.js';
import { notATerminal } from '../terminal/not-a-terminal.js';
import { runAttached } from '../terminal/run-attached.js';

interface RunFlags extends ContainerFlags {
  readonly detach?: boolean;
  readonly detachKeys?: string;
  readonly attach?: string[];
  readonly sigProxy: boolean;
  readonly cidfile?: string;
  readonly quiet?: boolean;
}

export default defineCommand<RunFlags>({
  configure(command) {
    addContainerFlags(command)
      .argument('<image>', 'image to run; it is pulled when it is not here')
      .argument('[command...]', "command and its arguments, in place of the image's")
      .option('-d, --detach', 'leave it running and print its ID')
      .option('-a, --attach <stream>', 'join stdin, stdout or stderr only', collect)
      .option('--detach-keys <keys>', 'keys that leave it running', 'ctrl-p,ctrl-q')
      .option('--no-sig-proxy', 'do not pass signals on to the container')
      .option('--cidfile <file>', 'write the ID into a file')
      .option('-q, --quiet', 'do not show the progress of a pull')
      .addHelpText('after', '\nExamples:\n  caisson run --rm -it alpine sh\n  caisson run -d --name web -p 8080:80 nginx\n  caisson run --rm -v "$PWD":/src -w /src node:22 npm test\n');
  },
  async run(cli, [image = '', ...command], flags) {
    checkDetachKeys(flags.detachKeys);
    if (flags.detach && flags.rm && flags.restart) throw new CaissonError('invalid-argument', '--rm and --restart exclude each other');
    if (flags.tty && flags.interactive && !flags.detach && !process.stdin.isTTY)
      throw notATerminal();
    const attach = flags.attach?.map((stream) => oneOf('--attach', stream.toLowerCase(), ['stdin', 'stdout', 'stderr']));
    if (attach && flags.detach) throw new CaissonError('invalid-argument', '--attach and --detach exclude each other');
    const options = { ...containerOptions(image, command, flags), ...(flags.interactive && !flags.detach ? { stdinOnce: true } : {}) };
    await pullProgress(cli, image, options, flags.quiet ?? false);
    const { containers } = cli.engine;
    const container = await containers.create({ ...options, pull: 'never' }, { signal: cli.signal });
    reportWarnings(container.warnings);
    try {
      writeIdFile(flags.cidfile, container.id);
      if (flags.detach) {
        await containers.start(container.id, { signal: cli.signal });
        cli.print(container.id);
        return 0;
      }
      return await runAttached(cli, container, {
        stdin: (flags.interactive ?? false) && (attach?.includes('stdin') ?? true),
        detachKeys: flags.detachKeys ?? 'ctrl-p,ctrl-q',
        sigProxy: flags.sigProxy,
        ...(attach ? { show: { stdout: attach.includes('stdout'), stderr: attach.includes('stderr') } } : {}),
      });
    } catch (error) {
      if (flags.rm) await containers.remove(container.id, { force: true, volumes: true }).catch(() => {}); // the first error is the one to tell
      throw error;
    }
  },
});
