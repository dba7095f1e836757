import { isCaissonError } from '@caisson/core';
import type { Command, Option } from 'commander';
import type { Cli } from '../cli.js';
import { namesOf, type Candidate, type NameKind } from './names.js';
import { valuesOf } from './values.js';

/** Where in a command line the cursor stands. */
export interface Position {
  readonly command: Command;
  /** Operands of the command before the cursor. */
  readonly operands: readonly string[];
  /** The option whose value is next. */
  readonly option?: Option;
  /** What has been typed of the word: of `--name=va`, `va`. */
  readonly typed: string;
  /** What stands before it in the same word: `--name=`. */
  readonly prefix: string;
}

/** What could be typed here, in order. Nothing where it is for the shell to complete files. */
export async function candidatesFor(cli: Cli, position: Position): Promise<Candidate[]> {
  const { command, operands, option, typed, prefix } = position;
  const all = option ? await optionValues(cli, option, command) : typed.startsWith('-') && prefix === '' ? flags(command) : await operandsOf(cli, command, operands);
  return all.filter(({ value }) => value.startsWith(typed)).map(({ value, ...more }) => ({ value: prefix + value, ...more }));
}

function flags(command: Command): Candidate[] {
  return [...command.options, command.createHelp().visibleOptions(command).find(({ long }) => long === '--help')].flatMap((option) => (option?.long && !option.hidden ? [{ value: option.long, description: option.description }] : []));
}

async function operandsOf(cli: Cli, command: Command, operands: readonly string[]): Promise<Candidate[]> {
  if (command.commands.length > 0) return operands.length > 0 ? [] : subcommands(command);
  const { registeredArguments } = command;
  const argument = registeredArguments[operands.length] ?? registeredArguments.at(-1);
  if (!argument || (operands.length >= registeredArguments.length && !argument.variadic)) return [];
  const known = await safely(() => names(cli, argument.name(), command));
  return known.filter(({ value }) => !operands.includes(value));
}

function subcommands(command: Command): Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((one) => one.name() !== 'help')
    .map((one) => ({ value: one.name(), description: one.summary() }));
}

/** By the name that the command gives its argument. */
async function names(cli: Cli, argument: string, command: Command): Promise<Candidate[]> {
  const kinds: Readonly<Record<string, readonly NameKind[]>> = { container: ['container'], image: ['image'], volume: ['volume'], network: ['network'], context: command.parent?.name() === 'context' ? ['context'] : [], name: command.name() === 'inspect' ? ['container', 'image', 'network', 'volume'] : [] };
  if (argument === 'shell') return ['bash', 'zsh', 'fish'].map((value) => ({ value }));
  const found = await Promise.all((kinds[argument] ?? []).map((kind) => namesOf(cli, kind)));
  return found.flat();
}

async function optionValues(cli: Cli, option: Option, command: Command): Promise<Candidate[]> {
  const values = valuesOf(option.long ?? '', command.name());
  return typeof values === 'string' ? safely(() => namesOf(cli, values)) : values.map((value) => ({ value }));
}

/** A host that does not answer must not put its error into the line that is being typed. */
async function safely(find: () => Promise<Candidate[]>): Promise<Candidate[]> {
  try {
    return await find();
  } catch (error) {
    if (isCaissonError(error)) return [];
    throw error;
  }
}
