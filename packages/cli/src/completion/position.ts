import type { Command, Option } from 'commander';
import type { Position } from './candidates.js';

/**
 * Finds where a command line that ends at the cursor stands. `load` gets each command that is come to, so that it has its options. The last
 * word is the one that is being typed; it may be empty. Returns the options before the command with their values too.
 */
export async function positionOf(program: Command, words: readonly string[], load: (command: Command) => Promise<void>): Promise<Position & { readonly globals: Readonly<Record<string, string | boolean>> }> {
  let command = program;
  let operands: string[] = [];
  let waiting: Option | undefined;
  let passed = false;
  const globals: Record<string, string | boolean> = {};
  for (const word of words.slice(0, -1)) {
    if (waiting) {
      if (command === program) globals[waiting.attributeName()] = word;
      waiting = undefined;
    } else if (passed) operands.push(word);
    else if (word === '--') passed = true;
    else if (word.startsWith('-') && word !== '-') {
      const option = optionOf(command, word);
      const [, value] = word.split(/=(.*)/s);
      if (option?.required && value === undefined) waiting = option;
      else if (option && command === program) globals[option.attributeName()] = value ?? true;
    } else {
      const next = command.commands.find((one) => one.name() === word || one.aliases().includes(word));
      if (next) {
        command = next;
        operands = [];
        await load(next);
      } else operands.push(word);
    }
  }
  const last = words.at(-1) ?? '';
  const [, flag = '', value = ''] = /^(--[^=]+=)(.*)$/s.exec(last) ?? [];
  const option = waiting ?? (flag === '' ? undefined : optionOf(command, flag.slice(0, -1)));
  return { command, operands, globals, ...(option ? { option } : {}), ...(flag !== '' && option && !waiting ? { typed: value, prefix: flag } : { typed: last, prefix: '' }) };
}

/** By its long name, or the last letter of `-it`. */
function optionOf(command: Command, word: string): Option | undefined {
  const [name = ''] = word.split('=');
  return command.options.find(({ long, short }) => long === name || (!word.startsWith('--') && short === `-${name.at(-1)}`));
}
