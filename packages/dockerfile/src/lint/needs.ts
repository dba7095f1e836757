import type { LintContext } from './context.js';
import type { Rule } from './rule.js';

/**
 * What a rule is about, or what a file has, as bits: most rules have nothing to say about most files, and there are a hundred of them.
 * Two names may share a bit; that only costs a look.
 */
export interface Needs {
  readonly kinds: number;
  readonly commands: number;
}

const kindBits = new Map<string, number>();
const commandBits = new Map<string, number>();

function claim(bits: Map<string, number>, names: readonly string[]): number {
  let all = 0;
  for (const name of names) {
    const bit = bits.get(name) ?? 1 << (bits.size % 32);
    bits.set(name, bit);
    all |= bit;
  }
  return all;
}

/** To be asked for every rule before the first `presentIn`. */
export function needsOf({ instructions = [], commands = [] }: Rule): Needs {
  return { kinds: claim(kindBits, instructions), commands: claim(commandBits, commands) };
}

export function presentIn(context: LintContext): Needs {
  let kinds = 0;
  for (const kind of context.kinds()) kinds |= kindBits.get(kind) ?? 0;
  let commands = 0;
  for (const name of context.commandNames()) commands |= commandBits.get(name) ?? 0;
  return { kinds, commands };
}

/** Whether the file has one of the instructions and one of the commands that the rule is about. */
export function concerns(needs: Needs, present: Needs): boolean {
  return (needs.kinds === 0 || (needs.kinds & present.kinds) !== 0) && (needs.commands === 0 || (needs.commands & present.commands) !== 0);
}
