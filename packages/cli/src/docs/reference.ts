import type { EventEmitter } from 'node:events';
import type { Command } from 'commander';
import type { CommandEntry } from '../commands.js';

/** A command with all that its help knows of it. */
export interface DescribedCommand {
  /** `container ls`; empty for the program itself. */
  readonly path: string;
  readonly summary: string;
  readonly description: string;
  readonly usage: string;
  readonly aliases: readonly string[];
  readonly args: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly { readonly flags: string; readonly description: string }[];
  /** Notes and examples, as the help has them. */
  readonly notes: string;
}

/** `command` is configured already. */
export function describeCommand(command: Command, entry: Pick<CommandEntry, 'path' | 'summary' | 'aliases'>): DescribedCommand {
  const help = command.createHelp();
  return {
    path: entry.path,
    summary: entry.summary,
    description: command.description(),
    usage: help.commandUsage(command),
    aliases: entry.aliases ?? [],
    args: help.visibleArguments(command).map((argument) => ({ name: argument.name(), description: help.argumentDescription(argument) })),
    options: help.visibleOptions(command).filter(({ long }) => long !== '--help').map((option) => ({ flags: help.optionTerm(option), description: help.optionDescription(option) })),
    notes: notesOf(command),
  };
}

function notesOf(command: Command): string {
  const parts: string[] = [];
  // commander is an emitter, though its types do not say so: texts that were added are listeners.
  (command as unknown as EventEmitter).emit('afterHelp', { error: false, command, write: (text: string) => parts.push(text) });
  return parts.join('').trim();
}
