import { isCaissonError } from '@caisson/core';
import { enterUserNamespace } from '@caisson/runtime-linux';

/** Commands that touch no state which belongs to containers. */
const outside = new Set(['help', 'lint', 'login', 'logout', 'completion']);
const takeValues = new Set(['--data-root', '--run-root']);

/**
 * Before all else, of an ordinary user's command: goes on as the same command in the user's namespace, where images can be unpacked and
 * containers run. Where that cannot be, the command goes on as it is, since building, pulling and pushing need none of it; the reason is kept
 * for those that do.
 */
export async function enter(program: string, args: readonly string[]): Promise<void> {
  const command = args.find((arg, place) => !arg.startsWith('-') && !takeValues.has(args[place - 1] ?? ''));
  if (command === undefined || outside.has(command) || args.includes('--help')) return;
  try {
    await enterUserNamespace(process.execPath, [...process.execArgv, program, ...args]);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    process.env.CAISSON_ROOTLESS_PROBLEM = `${words}\n${isCaissonError(error) ? (error.hint ?? '') : ''}`;
  }
}
