import { constants } from 'node:os';
import { isCaissonError } from '@caisson/core';
import { Cli, type GlobalOptions } from './cli.js';
import { exitCodeOf, reportError } from './output/errors.js';
import type { Invocation } from './program.js';

/** Runs a command, with ctrl-c and failures seen to; returns its exit code. */
export async function invoke({ path, module, args, options, globals }: Invocation): Promise<number> {
  await using cli = new Cli(globals as GlobalOptions);
  const interrupts = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((name) => {
    const abort = () => cli.abort(name);
    process.once(name, abort); // a second one ends the process the hard way
    return [name, abort] as const;
  });
  try {
    return (await module.run(cli, args, options)) ?? 0;
  } catch (error) {
    if (cli.signal.aborted && (isCaissonError(error, 'cancelled') || error === cli.signal.reason)) {
      process.stderr.write('\ncaisson: interrupted\n');
      const name = (cli.signal.reason as Error).message as keyof typeof constants.signals;
      return 128 + (constants.signals[name] ?? 2);
    }
    reportError(error);
    return exitCodeOf(error, path);
  } finally {
    for (const [name, abort] of interrupts) process.removeListener(name, abort);
  }
}

