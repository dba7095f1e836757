import type { LintContext } from './context.js';
import type { Rule } from './rule.js';
import { kindBits } from './stage.js';

/**
 * What a rule is about, or what a file has, as bits: most rules have nothing to say about most files, and there are a hundred of them.
 * Two names may share a bit; that only costs a look.
 */
export interface Needs {
  readonly kinds: number;
  readonly commands: number;
}

const commandBits = new Map<string, number>();

/** To be asked for every rule before the first `presentIn`. */
export function needsOf({ instructions = [], commands = [] }: Rule): Needs {
  let bits = 0;
  for (const name of commands) {
    const bit = commandBits.get(name) ?? 1 << (commandBits.size % 32);
    commandBits.set(name, bit);
    bits |= bit;
  }
  return { kinds: kindBits(instructions), commands: bits };
}

export function presentIn(context: LintContext): Needs {
  let commands = 0;
  for (const name of context.commandNames()) commands |= commandBits.get(name) ?? 0;
  return { kinds: context.kinds, commands };
}

/** Whether the file has one of the instructions and one of the commands that the rule is about. */
export function concerns(needs: Needs, present: Needs): boolean {
  return (needs.kinds === 0 || (needs.kinds & present.kinds) !== 0) && (needs.commands === 0 || (needs.commands & present.commands) !== 0);
}
