import { l10n, workspace, type TerminalDimensions } from 'vscode';
import type { ContainerOptions, ContainerRecord, ExitStatus, Process } from '@caisson/core';
import type { App } from '../app.js';
import { callName, imagesFor, showName, type CommandArguments } from '../commands/targets.js';
import { openTerminal } from '../terminals/commands.js';
import { ProcessTerminal } from '../terminals/process-terminal.js';
import { containerOptions } from './choices.js';
import { openRunForm } from './form.js';
import { RunMemory } from './memory.js';
import { filled, suggestionsOf, withoutSuggested } from './suggestions.js';
import { joinWords } from './words.js';

/** The form, filled as the image was run the last time or as it says itself. */
export async function run(app: App, args: CommandArguments): Promise<void> {
  const [choice] = await imagesFor(app, args, l10n.t('Run'));
  if (choice !== undefined) await runImage(app, callName(choice), showName(choice));
}

export async function runImage(app: App, image: string, title: string): Promise<void> {
  const memory = new RunMemory(app.context.workspaceState);
  const { config } = (await (await app.engine()).images.get(image)).config;
  const suggested = suggestionsOf(config);
  openRunForm(app, {
    title,
    choices: filled(suggested, memory.choices(image)),
    placeholders: { command: joinWords([...(config?.Entrypoint ?? []), ...(config?.Cmd ?? [])]), workingDir: config?.WorkingDir ?? '/', user: config?.User ?? 'root' },
    start: async (asked) => {
      const choices = withoutSuggested(asked, suggested);
      const made = containerOptions(image, choices, workspace.workspaceFolders?.[0]?.uri.fsPath);
      if ('faults' in made) return made.faults;
      await memory.remember(image, choices);
      await app.attempt<unknown>(() => (choices.interactive ? startInteractive(app, made.options, title) : startDetached(app, made.options)));
      return undefined;
    },
  });
}

/** As the last time, without questions; the form where there was none. */
export async function runAgain(app: App, args: CommandArguments): Promise<void> {
  for (const choice of await imagesFor(app, args, l10n.t('Run'))) {
    const choices = new RunMemory(app.context.workspaceState).choices(callName(choice));
    const made = choices && containerOptions(callName(choice), { ...choices, name: '' }, workspace.workspaceFolders?.[0]?.uri.fsPath);
    if (made === undefined || 'faults' in made) await runImage(app, callName(choice), showName(choice));
    else await (made.options.terminal === true ? startInteractive(app, made.options, showName(choice)) : startDetached(app, made.options));
  }
}

/** On a terminal at once, and gone with it. */
export async function runInteractive(app: App, args: CommandArguments): Promise<void> {
  for (const choice of await imagesFor(app, args, l10n.t('Run Interactively'))) await startInteractive(app, { image: callName(choice), terminal: true, stdin: true, autoRemove: true }, showName(choice));
}

async function startDetached(app: App, options: ContainerOptions): Promise<ContainerRecord> {
  const { containers } = await app.engine();
  const record = await containers.create(options);
  try {
    await containers.start(record.id);
  } catch (error) {
    await containers.remove(record.id, { force: true }).catch(() => {});
    throw error;
  }
  app.say(l10n.t('{0} runs', record.name));
  return record;
}

async function startInteractive(app: App, options: ContainerOptions, title: string): Promise<void> {
  const { containers } = await app.engine();
  const open = async (size: TerminalDimensions | undefined): Promise<Process> => {
    const record = await containers.create(options);
    // Joined before it starts: then nothing of its output is missed.
    const process = await containers.attach(record.id, { stdin: true });
    // Asked now: of a container that removes itself nobody can ask later.
    const exit = containers.wait(record.id, { condition: 'next-exit' });
    exit.catch(() => {});
    await containers.start(record.id);
    if (size !== undefined) await process.resize({ columns: size.columns, rows: size.rows }).catch(() => {});
    return withExit(process, exit);
  };
  openTerminal(title, 'vm-running', new ProcessTerminal({ open, terminal: true, closeAtEnd: true }));
}

function withExit(process: Process, exit: Promise<ExitStatus>): Process {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    resize: (size) => process.resize(size),
    kill: (signal) => process.kill(signal),
    wait: () => exit,
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}
