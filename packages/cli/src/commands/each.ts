import { isCaissonError } from '@caisson/core';
import type { Command } from 'commander';
import type { Cli } from '../cli.js';
import { reportError } from '../output/errors.js';

/**
 * Does the same to each of several objects, as docker does: one that fails is reported and does not keep the others from their turn.
 * Prints what `work` returns. The exit code is 1 when any failed; with `missing`, one that is not there is reported and is no failure.
 */
export async function each(cli: Cli, names: readonly string[], work: (name: string) => Promise<string | void>, { missing = false } = {}): Promise<number> {
  let code = 0;
  for (const name of names) {
    try {
      const line = await work(name);
      if (line !== undefined) cli.print(line);
    } catch (error) {
      if (cli.signal.aborted) throw error;
      reportError(error);
      if (!(missing && isCaissonError(error, 'not-found'))) code = 1;
    }
  }
  return code;
}

export function containersArgument(command: Command, example: string): Command {
  return command.argument('<container...>', 'names or IDs').addHelpText('after', `\nExample:\n  ${example}\n`);
}
