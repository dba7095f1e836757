import type { Arg, Flag, Heredoc, InstructionBase } from '../ast.js';
import { DockerfileError, type Problem, type ProblemCode, type SourceRange } from '../source.js';
import { suggest } from '../suggest.js';
import type { LogicalLine } from './logical-line.js';

/** An instruction whose keyword and flags are known, on the way to its typed form. */
export interface Head {
  readonly base: InstructionBase;
  readonly line: LogicalLine;
  /** Where the arguments stand in the logical line. */
  readonly from: number;
  readonly to: number;
  readonly escape: number;
  readonly heredocs: readonly Heredoc[];
  readonly problems: Problem[];
}

export function report(head: Head, code: ProblemCode, message: string, range: SourceRange = head.base.keyword.range, hint?: string): undefined {
  head.problems.push(hint === undefined ? { code, message, range } : { code, message, range, hint });
  return undefined;
}

export function rest(head: Head): Arg {
  return { value: head.line.text.slice(head.from, head.to), range: head.line.range(head.from, head.to) };
}

/** The whole rest as one argument, or the problem that there is none. */
export function exactlyOne(head: Head): Arg | undefined {
  if (head.from >= head.to) return report(head, 'arguments', `${head.base.name} requires exactly one argument`);
  return rest(head);
}

/** An instruction that is being made: optional fields are set where there is something, which is faster than spreading them in. */
export type Writable<T> = { -readonly [K in keyof T]: T[K] };

export type FlagType = 'bool' | 'string' | 'strings';
const shown = (text: string) => text.slice(0, 60);

const noFlags: ReadonlyMap<string, Flag[]> = new Map();

/** Checks the flags against what the instruction takes; the good ones come back by name. */
export function readFlags(head: Head, spec: Readonly<Record<string, FlagType>>): ReadonlyMap<string, Flag[]> {
  if (head.base.flags.length === 0) return noFlags;
  const good = new Map<string, Flag[]>();
  for (const flag of head.base.flags) {
    const type = Object.hasOwn(spec, flag.name) ? spec[flag.name] : undefined;
    if (type === undefined) {
      const near = suggest(flag.name, Object.keys(spec));
      const known = Object.keys(spec).map((name) => `--${name}`);
      const hint = near === undefined ? (known.length ? `${head.base.name} takes ${known.join(', ')}` : `${head.base.name} takes no flags`) : `did you mean --${near}?`;
      report(head, 'unknown-flag', `unknown flag: --${shown(flag.name)}`, flag.nameRange, hint);
      continue;
    }
    if (good.has(flag.name) && type !== 'strings') {
      report(head, 'duplicate-flag', `duplicate flag specified: --${flag.name}`, flag.range, 'keep one of them');
      continue;
    }
    if (type === 'bool' ? flag.value === '' : flag.value === undefined) {
      report(head, 'flag-value', `missing a value on flag: --${flag.name}`, flag.range, `write --${flag.name}=…`);
      continue;
    }
    if (type === 'bool' && flag.value !== undefined && !/^(true|false)$/i.test(flag.value)) {
      report(head, 'flag-value', `expecting boolean value for flag --${flag.name}, not: ${shown(flag.value)}`, flag.valueRange ?? flag.range, 'true or false');
      continue;
    }
    good.set(flag.name, [...(good.get(flag.name) ?? []), flag]);
  }
  return good;
}

export function isSet(flags: ReadonlyMap<string, readonly Flag[]>, name: string): boolean {
  const flag = flags.get(name)?.[0];
  return flag !== undefined && flag.value?.toLowerCase() !== 'false';
}

/** Runs a value parser for its problem only. */
export function checkValue<T>(head: Head, flag: Flag, parse: (value: string) => T): T | undefined {
  try {
    return parse(flag.value ?? '');
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    return report(head, error.code, error.message, flag.valueRange ?? flag.range, error.hint);
  }
}
