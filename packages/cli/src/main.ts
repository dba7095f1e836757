import { constants } from 'node:os';
import { isCaissonError } from '@caisson/core';
import { Cli, type GlobalOptions } from './cli.js';
import { exitCodeOf, reportError } from './output/errors.js';
import { createProgram, type Invocation } from './program.js';

/** The whole of a run of the command line: sets the process's exit code. */
export async function main(argv: readonly string[]): Promise<void> {
  quietSqliteWarning();
  // Until it is known how it went: a run that ends because nothing is left to wait for has not succeeded.
  process.exitCode = 70;
  // A reader that went away (`| head`) is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 141 : 1));
  let invocation: Invocation | undefined;
  const program = createProgram((found) => (invocation = found));
  try {
    // `help run` is `run --help`: a command's options are known once it is called.
    await program.parseAsync(argv[0] === 'help' && argv.length > 1 ? [...argv.slice(1), '--help'] : argv, { from: 'user' });
  } catch (error) {
    process.exitCode = commanderExit(error);
    return;
  }
  process.exitCode = invocation ? await run(invocation) : 0;
}

async function run({ path, module, args, options, globals }: Invocation): Promise<number> {
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

/** commander has said already what was wrong. */
function commanderExit(error: unknown): number {
  if (error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number') return error.exitCode;
  reportError(error);
  return 1;
}

/** node:sqlite says on each run that it is experimental, which is nothing that a user could act on. */
function quietSqliteWarning(): void {
  const emit = process.emitWarning.bind(process);
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    if (!String(warning).includes('SQLite')) emit(warning, ...rest);
  }) as typeof process.emitWarning;
}

