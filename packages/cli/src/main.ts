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
    process.exitCode = await commanderExit(error);
    return;
  }
  process.exitCode = invocation ? await (await import('./invoke.js')).invoke(invocation) : 0;
}

/** commander has said already what was wrong. */
async function commanderExit(error: unknown): Promise<number> {
  if (error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number') {
    // docker's code for flags that are wrong; for all else that is wrong it has 1.
    const code = 'code' in error ? error.code : '';
    return code === 'commander.unknownOption' || code === 'commander.optionMissingArgument' || code === 'commander.invalidArgument' ? 125 : error.exitCode;
  }
  (await import('./output/errors.js')).reportError(error);
  return 1;
}

/** node:sqlite says on each run that it is experimental, which is nothing that a user could act on. */
function quietSqliteWarning(): void {
  const emit = process.emitWarning.bind(process);
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    if (!String(warning).includes('SQLite')) emit(warning, ...rest);
  }) as typeof process.emitWarning;
}

