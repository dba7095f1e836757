import { CommanderError, type Command, type Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import type { CommandModule } from './cli.js';
import { DockerCommand } from './options.js';
import { absentCommand } from './absent.js';
import { commandTable, type CommandEntry } from './commands.js';
import { groups } from './groups.js';

/** What the command line came to: the module to run, and what with. */
export interface Invocation {
  readonly path: string;
  readonly module: CommandModule;
  readonly args: string[];
  readonly options: Record<string, unknown>;
  readonly globals: Record<string, unknown>;
  /** It is about this host, whatever host is chosen. */
  readonly own: boolean;
}

/**
 * The tree of commands. Names and summaries are all here; what else a command is made of is loaded when it is called, since most of
 * the time of a short command is the time to load its code. With `words`, what was typed, only the command that they name is in the tree, if
 * they name one: making all of them takes as long as many a command itself.
 */
export function createProgram(onInvoke: (invocation: Invocation) => void, words: readonly string[] = []): Command {
  const program = inherit(new DockerCommand('caisson'))
    .description('Build, run, push and pull OCI containers, without a daemon.')
    .version(`Caisson version ${packageJson.version}`, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .option('-H, --host <host>', 'work with the engine that listens there: unix://, tcp://, ssh://, npipe:// (DOCKER_HOST)')
    .option('-c, --context <name>', 'work with the engine of this context (DOCKER_CONTEXT)')
    .option('--config <dir>', "where docker's settings are kept (DOCKER_CONFIG)")
    .option('-D, --debug', 'tell more of failures')
    .option('-l, --log-level <level>', 'debug, info, warn, error or fatal: only debug makes a difference')
    .option('--tls', 'speak TLS with a tcp:// host, whoever it is')
    .option('--tlsverify', 'speak TLS with a tcp:// host, and have it prove who it is (DOCKER_TLS_VERIFY)')
    .option('--tlscacert <file>', 'certificates that the host is to be trusted by')
    .option('--tlscert <file>', 'certificate to show to the host')
    .option('--tlskey <file>', 'its key')
    .option('--data-root <dir>', 'where images, containers and volumes are kept (CAISSON_ROOT)')
    .option('--run-root <dir>', 'where the state of running containers is kept (CAISSON_RUN_ROOT)')
    .enablePositionalOptions()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false, minWidthToWrap: 20 });
  const [first, second] = chosenWords(words, program.options);
  // As docker does; commander would call it a failure.
  if (first === undefined) program.action(() => program.outputHelp());
  else if (!isCommand(first) && first !== 'help') refuse(program, absentCommand(first));
  const single = commandTable.filter(({ path }) => !path.includes(' '));
  const named = single.filter(({ path }) => path === first);
  if (first === 'build' && second !== undefined) addGroup(program, 'builder', groups['builder'] ?? '', onInvoke, second, first);
  else if (first !== undefined && first in groups) addGroup(program, first, groups[first] ?? '', onInvoke, second);
  else if (named.length === 0) for (const [name, summary] of Object.entries(groups)) addGroup(program, name, summary, onInvoke);
  if (first === undefined || !(first in groups || (first === 'build' && second !== undefined))) for (const entry of named.length > 0 ? named : single) add(program, program, entry, onInvoke);
  return program;
}

/** commander prints the help where it is asked for, also of a command that there is not: which is to be told of. */
function refuse(command: Command, reason: string | undefined): void {
  command.helpOption(false);
  if (reason !== undefined) command.on('command:*', () => command.error(`error: ${reason}`));
}

/** Whether a command or group has this name. */
export function isCommand(word: string | undefined): boolean {
  return word !== undefined && (word in groups || commandTable.some(({ path }) => path === word));
}

/** What `build` has beside building, right after it; a folder of such a name is written as ./du. */
const besideBuilding: readonly string[] = ['du', 'history', 'prune'];

/** The first word that is neither an option nor the value of one, and the word after it where it is the name of a command in a group. */
function chosenWords(words: readonly string[], options: readonly Option[]): [first?: string, second?: string] {
  let place = 0;
  for (; place < words.length && words[place]?.startsWith('-'); place++)
    if (options.some(({ long, short, required }) => required && (words[place] === long || words[place] === short))) place++;
  const [first, ...rest] = words.slice(place);
  if (first === undefined) return [];
  const second = first === 'build' ? rest[0] : rest.find((word) => !word.startsWith('-'));
  return second === undefined || (first === 'build' && !besideBuilding.includes(second)) ? [first] : [first, second];
}

function addGroup(program: Command, name: string, summary: string, onInvoke: (invocation: Invocation) => void, only?: string, calledAs = name): void {
  const group = inherit(program.command(calledAs)).helpGroup('Management commands:').description(summary).summary(summary);
  group.enablePositionalOptions().helpCommand(false).allowExcessArguments();
  const members = commandTable.filter(({ path }) => path.startsWith(`${name} `));
  const named = members.filter(({ path, aliases }) => path === `${name} ${only}` || aliases?.includes(only ?? ''));
  if (only !== undefined && named.length === 0) refuse(group, undefined);
  for (const entry of named.length > 0 ? named : members) add(program, group, entry, onInvoke);
  // Without an action, commander tells of a name that is none of the group's, and of what is like it.
  if (only === undefined || named.length > 0)
    group.action((_options: unknown, command: Command) => {
      command.outputHelp();
      throw new CommanderError(0, 'help', '');
    });
}

function add(program: Command, parent: Command, entry: CommandEntry, onInvoke: (invocation: Invocation) => void): void {
  const name = entry.path.split(' ').at(-1) ?? entry.path;
  const command = inherit(parent.command(name, entry.hidden ? { hidden: true } : {})).allowExcessArguments(false).summary(entry.summary).description(entry.description ?? `${entry.summary}.`);
  for (const alias of entry.aliases ?? []) command.alias(alias);
  parent.hook('preSubcommand', async (_, chosen) => {
    if (chosen !== command) return;
    const module = await entry.load();
    module.configure(command);
    // commander fills these in before the hook, when the options are not there yet.
    for (const option of command.options) if (option.negate && command.getOptionValue(option.attributeName()) === undefined) command.setOptionValueWithSource(option.attributeName(), true, 'default');
    command.action(() => onInvoke({ path: entry.path, module, args: command.args, options: command.opts(), globals: program.opts(), own: entry.own ?? false }));
  });
}

function inherit(command: Command): Command {
  return command.exitOverride().helpOption('-h, --help', 'print this help').showHelpAfterError(false).configureOutput({
    outputError: (text, write) => write(`caisson: ${text.replace(/^error: /, '').trimEnd().replaceAll('\n', ' ')}\n(try: ${fullName(command)} --help)\n`),
  });
}

function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name();
}
