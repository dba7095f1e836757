import { createProgram, isCommand, type Invocation } from './program.js';

/** The whole of a run of the command line: sets the process's exit code. Returns whether a command ran, and well. */
export async function main(argv: readonly string[]): Promise<boolean> {
  quietSqliteWarning();
  // Until it is known how it went: a run that ends because nothing is left to wait for has not succeeded.
  process.exitCode = 70;
  watchStdout();
  let invocation: Invocation | undefined;
  // `help run` is `run --help`: a command's options are known once it is called. One that there is not is called, and refused.
  const words = argv[0] === 'help' && argv.length > 1 ? [...argv.slice(1), ...(isCommand(argv[1]) ? ['--help'] : [])] : argv;
  const program = createProgram((found) => (invocation = found), words);
  try {
    await program.parseAsync(words, { from: 'user' });
  } catch (error) {
    process.exitCode = await commanderExit(error);
    return false;
  }
  process.exitCode = invocation ? await (await import('./invoke.js')).invoke(invocation) : 0;
  return invocation !== undefined && process.exitCode === 0;
}

/** A reader that went away (`| head`) is no error of ours. The stream is made when it is first used: many a command needs none. */
function watchStdout(): void {
  const own = Object.getOwnPropertyDescriptor(process, 'stdout');
  if (!own?.get) return;
  Object.defineProperty(process, 'stdout', {
    ...own,
    get() {
      Object.defineProperty(process, 'stdout', own);
      return process.stdout.on('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EPIPE') process.exit(141);
        process.stderr.write(`caisson: standard output: ${error.message}\n`);
        process.exit(1);
      });
    },
  });
}

/** commander has said already what was wrong. */
async function commanderExit(error: unknown): Promise<number> {
  if (error instanceof Error && 'exitCode' in error && typeof error.exitCode === 'number') {
    // docker's code for flags that are wrong; for all else that is wrong it has 1.
    const code = 'code' in error ? error.code : '';
    return code === 'commander.unknownOption' || code === 'commander.optionMissingArgument' || code === 'commander.invalidArgument' ? 125 : error.exitCode;
  }
  // A value that an option refused.
  (await import('./output/errors.js')).reportError(error);
  return 125;
}

/** node:sqlite says on each run that it is experimental, which is nothing that a user could act on. */
function quietSqliteWarning(): void {
  const emit = process.emitWarning.bind(process);
  process.emitWarning = ((warning: string | Error, ...rest: never[]) => {
    if (!String(warning).includes('SQLite')) emit(warning, ...rest);
  }) as typeof process.emitWarning;
}

