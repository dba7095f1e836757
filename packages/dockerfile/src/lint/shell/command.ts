import type { Instruction, RunInstruction } from '../../instructions.js';
import type { SourceRange } from '../../source.js';

export interface ShellWord {
  /** Without quotes, with variables replaced where their value is known and left as `$x` where it is not. */
  readonly value: string;
  /** As written. */
  readonly text: string;
  readonly range: SourceRange;
}

/** A simple command inside a RUN, wherever it stands: in a chain, a pipeline, a function, a substitution or `sh -c`. */
export interface ShellCommand {
  /** Without the folder: `/usr/bin/apt-get` is `apt-get`. */
  readonly name: string;
  readonly words: readonly ShellWord[];
  /** Words after the name. */
  readonly args: readonly ShellWord[];
  readonly range: SourceRange;
  readonly env: ReadonlyMap<string, string>;
  /** Values of `> file` and `>> file`. */
  readonly writes: readonly string[];
  readonly run: RunInstruction;
  /** The instruction in the file: an ONBUILD for its trigger. */
  readonly instruction: Instruction;
  readonly stage: number;
  /** Offsets can be used for edits. */
  readonly exact: boolean;
}

/** Flags by their name without dashes; `-yq` counts as y and q. A bare `--` ends them. */
export function flagsOf(command: ShellCommand): Set<string> {
  const flags = new Set<string>();
  for (const { value } of command.args) {
    if (value === '--') break;
    if (value.startsWith('--')) flags.add(value.slice(2).replace(/=.*$/s, ''));
    else if (/^-[^-]/.test(value)) for (const one of value.slice(1)) flags.add(one);
    if (/^-[^-]/.test(value)) flags.add(value.slice(1).replace(/=.*$/s, ''));
  }
  return flags;
}

export function hasFlag(command: ShellCommand, ...names: string[]): boolean {
  const flags = flagsOf(command);
  return names.some((name) => flags.has(name));
}

/** Arguments that are no flags; `valued` names the flags (without dashes) whose next word is their value. */
export function operands(command: ShellCommand, valued: readonly string[] = []): ShellWord[] {
  const found: ShellWord[] = [];
  let ended = false;
  for (let i = 0; i < command.args.length; i++) {
    const word = command.args[i];
    if (!word) continue;
    if (!ended && word.value === '--') ended = true;
    else if (!ended && /^-./.test(word.value)) {
      if (!word.value.includes('=') && valued.includes(word.value.replace(/^--?/, ''))) i++;
    } else found.push(word);
  }
  return found;
}

/** `apt-get -q install x`: true for ('install'). Any of the words counts, as the first operand. */
export function subcommand(command: ShellCommand, ...names: string[]): boolean {
  const first = operands(command)[0];
  return first !== undefined && names.includes(first.value);
}

/** Like `subcommand`, but anywhere among the operands, for tools whose flags take values in front of it. */
export function mentions(command: ShellCommand, ...names: string[]): boolean {
  return operands(command).some((word) => names.includes(word.value));
}
