import { constants } from 'node:os';
import { isCaissonError } from '@caisson/core';
import { Cli, type GlobalOptions } from './cli.js';
import { chooseRemote } from './engine/host.js';
import { exitCodeOf, reportError } from './output/errors.js';
import type { Invocation } from './program.js';

/** Runs a command, with ctrl-c and failures seen to; returns its exit code. */
export async function invoke({ path, module, args, options, globals, own }: Invocation): Promise<number> {
  const settings = globals as GlobalOptions;
  // docker's folder of settings is found by this variable wherever it is needed.
  if (settings.config !== undefined) process.env.DOCKER_CONFIG = settings.config;
  if (settings.debug || settings.logLevel === 'debug') process.env.CAISSON_DEBUG ??= '1';
  const abort = new AbortController();
  const interrupts = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((name) => {
    const end = () => abort.abort(new Error(name));
    process.once(name, end); // a second one ends the process the hard way
    return [name, end] as const;
  });
  try {
    const elsewhere = own || process.platform !== 'win32' ? undefined : await (await import('./engine/linux-elsewhere.js')).linuxElsewhere(path, options, settings, process.argv.slice(2));
    if (elsewhere && 'exitCode' in elsewhere) return elsewhere.exitCode;
    await using cli = new Cli(settings, { command: path, abort, remote: own ? undefined : await chooseRemote(elsewhere?.choice ?? settings) });
    return (await module.run(cli, args, options)) ?? 0;
  } catch (error) {
    if (abort.signal.aborted && (isCaissonError(error, 'cancelled') || error === abort.signal.reason)) {
      process.stderr.write('\ncaisson: interrupted\n');
      const name = (abort.signal.reason as Error).message as keyof typeof constants.signals;
      return 128 + (constants.signals[name] ?? 2);
    }
    reportError(error);
    return exitCodeOf(error, path);
  } finally {
    for (const [name, end] of interrupts) process.removeListener(name, end);
  }
}

