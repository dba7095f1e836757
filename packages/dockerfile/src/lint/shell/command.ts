import type { SourceRange } from '../../source.js';
import type { PackageCall } from './packages.js';
import type { Place, ShellWord } from './word.js';

export type { ShellWord } from './word.js';

/** What a command has beside its words. */
export interface Around {
  readonly env: ReadonlyMap<string, string>;
  /** Values of `> file` and `>> file`. */
  readonly writes: readonly string[];
  readonly place: Place;
  readonly pos: number;
  readonly end: number;
  /** Offsets can be used for edits. */
  readonly exact: boolean;
}

/** A simple command inside a RUN, wherever it stands: in a chain, a pipeline, a function, a substitution or `sh -c`. */
export class ShellCommand {
  /** Without the folder: `/usr/bin/apt-get` is `apt-get`. */
  readonly name: string;
  /** The name as a word. */
  readonly first: ShellWord;
  /** Words after the name. */
  readonly args: readonly ShellWord[];
  /** Kept here by `packageCall`, which a dozen rules ask; null for no package manager. */
  call: PackageCall | null | undefined;
  private readonly around: Around;
  private knownFlags: ReadonlySet<string> | undefined;
  private knownOperands: readonly ShellWord[] | undefined;

  constructor(name: string, first: ShellWord, args: readonly ShellWord[], around: Around) {
    this.name = name;
    this.first = first;
    this.args = args;
    this.call = undefined;
    this.around = around;
    this.knownFlags = undefined;
    this.knownOperands = undefined;
  }

  get env(): ReadonlyMap<string, string> {
    return this.around.env;
  }

  get writes(): readonly string[] {
    return this.around.writes;
  }

  get exact(): boolean {
    return this.around.exact;
  }

  get range(): SourceRange {
    return this.around.place.range(this.around.pos, this.around.end);
  }

  get flags(): ReadonlySet<string> {
    return (this.knownFlags ??= readFlags(this.args));
  }

  get operands(): readonly ShellWord[] {
    return (this.knownOperands ??= readOperands(this.args, none));
  }

  /** This command from another argument on: `python -m pip install` as `pip install`. */
  from(name: string, at: number): ShellCommand {
    return new ShellCommand(name, this.first, this.args.slice(at), this.around);
  }
}

const none: ReadonlySet<string> = new Set();

/** Flags by their name without dashes; `-yq` counts as y and q. A bare `--` ends them. */
function readFlags(args: readonly ShellWord[]): ReadonlySet<string> {
  let flags: Set<string> | undefined;
  for (const { value } of args) {
    if (value.charCodeAt(0) !== 45) continue;
    if (value === '--') break;
    flags ??= new Set();
    const equals = value.indexOf('=');
    const end = equals < 0 ? value.length : equals;
    if (value.charCodeAt(1) === 45) flags.add(value.slice(2, end));
    else if (value.length > 1) {
      for (const one of value.slice(1)) flags.add(one);
      flags.add(value.slice(1, end));
    }
  }
  return flags ?? none;
}

function readOperands(args: readonly ShellWord[], valued: ReadonlySet<string>): ShellWord[] {
  const found: ShellWord[] = [];
  let ended = false;
  for (let i = 0; i < args.length; i++) {
    const word = args[i];
    if (!word) continue;
    const { value } = word;
    if (ended || value.charCodeAt(0) !== 45 || value.length < 2) found.push(word);
    else if (value === '--') ended = true;
    else if (valued.size > 0 && !value.includes('=') && valued.has(value.slice(value.charCodeAt(1) === 45 ? 2 : 1))) i++;
  }
  return found;
}

export function hasFlag(command: ShellCommand, ...names: readonly string[]): boolean {
  const { flags } = command;
  if (flags.size > 0) for (const name of names) if (flags.has(name)) return true;
  return false;
}

/** Arguments that are no flags; `valued` names the flags (without dashes) whose next word is their value. */
export function operands(command: ShellCommand, valued: ReadonlySet<string> = none): readonly ShellWord[] {
  return valued.size === 0 ? command.operands : readOperands(command.args, valued);
}

/** `apt-get -q install x`: true for ('install'). Any of the words counts, as the first operand. */
export function subcommand(command: ShellCommand, ...names: readonly string[]): boolean {
  const first = command.operands[0];
  return first !== undefined && names.includes(first.value);
}

/** Like `subcommand`, but anywhere among the operands, for tools whose flags take values in front of it. */
export function mentions(command: ShellCommand, ...names: readonly string[]): boolean {
  for (const { value } of command.operands) if (names.includes(value)) return true;
  return false;
}
