import { l10n, ThemeIcon, window, workspace, type Pseudoterminal, type TerminalDimensions } from 'vscode';
import { isCaissonError, type ContainerSummary, type Process, type TerminalSize } from '@caisson/core';
import type { App } from '../app.js';
import { execText } from '../files/exec.js';
import { containersFor, type CommandArguments } from '../commands/targets.js';
import { showText } from '../commands/inspect.js';
import { splitWords } from '../run/words.js';
import { LogTerminal } from './log-terminal.js';
import { ProcessTerminal } from './process-terminal.js';
import { table } from './stats-table.js';
import { StatsTerminal } from './stats-terminal.js';

const runs = ({ status }: ContainerSummary) => status === 'running';

export function openTerminal(name: string, icon: string, pty: Pseudoterminal): void {
  window.createTerminal({ name, pty, iconPath: new ThemeIcon(icon) }).show();
}

/** The main process's own streams. */
export async function attach(app: App, args: CommandArguments): Promise<void> {
  for (const { id, name } of await containersFor(app, args, runs, l10n.t('Attach'))) {
    const engine = await app.engine();
    const { process } = await engine.containers.get(id);
    const open = async (size: TerminalDimensions | undefined): Promise<Process> => {
      const joined = await engine.containers.attach(id, { stdin: process.stdin });
      if (process.terminal && size !== undefined) await joined.resize(sizeOf(size)).catch(() => {});
      return joined;
    };
    openTerminal(l10n.t('{0}: attached', name), 'plug', new ProcessTerminal({ open, terminal: process.terminal }));
  }
}

/** A shell beside the main process: the setting's, or the best that is there. */
export async function attachShell(app: App, args: CommandArguments): Promise<void> {
  for (const container of await containersFor(app, args, runs, l10n.t('Attach Shell'))) {
    const shell = await findShell(app, container);
    execTerminal(app, container, l10n.t('{0}: shell', container.name), shell);
  }
}

export async function exec(app: App, args: CommandArguments): Promise<void> {
  const containers = await containersFor(app, args, runs, l10n.t('Run a Command in It'));
  if (containers.length === 0) return;
  const key = 'exec.last';
  const text = await window.showInputBox({ title: l10n.t('Command to run in {0}', containers.map((one) => one.name).join(', ')), value: app.context.workspaceState.get(key, ''), placeHolder: 'ls -l /' });
  if (text === undefined || text.trim() === '') return;
  await app.context.workspaceState.update(key, text);
  for (const container of containers) execTerminal(app, container, `${container.name}: ${text}`, splitWords(text), false);
}

function execTerminal(app: App, { id }: ContainerSummary, title: string, args: readonly string[], closeAtEnd = true): void {
  const open = async (size: TerminalDimensions | undefined): Promise<Process> => {
    const terminalSize = size === undefined ? {} : { terminalSize: sizeOf(size) };
    const process = await (await app.engine()).containers.exec(id, { args, terminal: true, stdin: true, env: ['TERM=xterm-256color'], ...terminalSize }, { stdio: 'pipe' });
    if (size !== undefined) await process.resize(sizeOf(size)).catch(() => {});
    return process;
  };
  openTerminal(title, 'terminal', new ProcessTerminal({ open, terminal: true, closeAtEnd }));
}

async function findShell(app: App, { id }: ContainerSummary): Promise<readonly string[]> {
  const asked = workspace.getConfiguration('caisson').get('shell', '');
  if (asked !== '') return splitWords(asked);
  try {
    const found = await execText(await app.engine(), id, ['/bin/sh', '-c', 'command -v bash || command -v ash || command -v sh']);
    return [found.trim().split('\n')[0] || '/bin/sh'];
  } catch (error) {
    if (isCaissonError(error)) return ['/bin/sh'];
    throw error;
  }
}

export async function logs(app: App, args: CommandArguments): Promise<void> {
  const containers = await containersFor(app, args, () => true, l10n.t('Follow Logs'));
  if (containers.length === 0) return;
  const settings = workspace.getConfiguration('caisson.logs');
  const options = { tail: settings.get('tail', 1000), timestamps: settings.get('timestamps', false) };
  const title = containers.length === 1 ? (containers[0]?.name ?? '') : l10n.t('{0} containers', containers.length);
  openTerminal(l10n.t('{0}: logs', title), 'output', new LogTerminal(app.connection.engine, containers, options));
}

export async function stats(app: App, args: CommandArguments): Promise<void> {
  const containers = await containersFor(app, args, runs, l10n.t('Statistics'));
  if (containers.length > 0) openTerminal(l10n.t('Statistics'), 'graph', new StatsTerminal(app.connection.engine, containers));
}

export async function top(app: App, args: CommandArguments): Promise<void> {
  for (const { id, name } of await containersFor(app, args, runs, l10n.t('Processes'))) {
    const { titles, processes } = await (await app.engine()).containers.top(id);
    await showText(app, l10n.t('Processes of {0}', name), `${table([titles, ...processes]).join('\n')}\n`);
  }
}

function sizeOf({ columns, rows }: TerminalDimensions): TerminalSize {
  return { columns, rows };
}
