import { operands, hasFlag, type ShellCommand } from '../shell/command.js';
import { baseName, isArchive } from './support.js';
import { rule } from '../rule.js';

/** The file a download makes, by its last name. */
function saved(command: ShellCommand): string | undefined {
  const flag = command.args.findIndex((arg) => /^(?:-o|--output|-[a-zA-Z]*o|-O|--output-document)$/.test(arg.value));
  const url = operands(command).find((word) => /:\/\//.test(word.value))?.value;
  const byName = command.name === 'curl' ? hasFlag(command, 'O', 'remote-name') : flag < 0 && !hasFlag(command, 'O');
  const name = byName ? url?.replace(/[?#].*$/, '') : command.args[flag + 1]?.value ?? command.writes[0];
  return (flag < 0 && !byName) || name === undefined || name === '-' ? command.writes[0] : name;
}

/** Names of what the commands unpack. */
function unpackedBy(commands: readonly ShellCommand[]): ReadonlySet<string> {
  return new Set(commands.filter(({ name }) => /^(?:tar|unzip|gunzip|bunzip2|unxz)$/.test(name)).flatMap(({ args }) => args.map((arg) => baseName(arg.value))));
}

export default rule({
  code: 'size/archive-left',
  severity: 'info',
  title: 'A downloaded archive is left in the layer',
  why: 'It is of no use once unpacked, and as large as what it held.',
  bad: 'FROM debian:12\nRUN curl -fsSLO https://example.com/tool.tar.gz && tar -xzf tool.tar.gz -C /opt\n',
  good: 'FROM debian:12\nRUN curl -fsSLO https://example.com/tool.tar.gz && tar -xzf tool.tar.gz -C /opt && rm tool.tar.gz\n',
  commands: ['curl', 'wget'],
  check(context) {
    for (const run of context.runs()) {
      if (!run.stage.kept) continue;
      let unpacked: ReadonlySet<string> | undefined;
      for (const command of run.commands) {
        if (command.name !== 'curl' && command.name !== 'wget') continue;
        const file = saved(command);
        if (file === undefined || !isArchive(file) || file.startsWith('/dev/')) continue;
        const name = baseName(file);
        unpacked ??= unpackedBy(run.commands);
        if (!unpacked.has(name)) continue;
        const removed = run.commands.some((other) => (other.name === 'rm' && other.args.some((arg) => baseName(arg.value) === name || /\*/.test(arg.value) || (file.includes('/') && file.startsWith(arg.value.replace(/\/?$/, '/'))))) || other.name === 'gunzip');
        if (!removed) context.report(command.range, { message: `${name} stays in the layer after it is unpacked`, hint: `add && rm ${file} to this RUN, or pipe the download into tar` });
      }
    }
  },
});
