import { isCaissonError } from '@caisson/core';
import { enterUserNamespace } from '@caisson/runtime-linux';
import { mayBeRemote, type RemoteFlags } from './engine/may-be-remote.js';
import { commandPlace } from './loader/words.js';

/** Commands that touch no state which belongs to containers. */
const outside = new Set(['help', 'lint', 'login', 'logout', 'completion', 'context', 'compose', 'docs']);

/**
 * Before all else, of an ordinary user's command: goes on as the same command in the user's namespace, where images can be unpacked and
 * containers run. Where that cannot be, the command goes on as it is, since building, pulling and pushing need none of it; the reason is kept
 * for those that do. `leaving` is called when nothing but going on is left to do.
 */
export async function enter(program: string, args: readonly string[], leaving = (): void => {}): Promise<void> {
  const at = commandPlace(args);
  const command = args[at];
  if (command === undefined || outside.has(command) || args.includes('--help')) return;
  // Another host's containers are none of this one's; ssh, too, wants its user's own files to be its user's.
  if (mayBeRemote(remoteFlags(args.slice(0, at)))) return;
  try {
    // After `--` Node takes no options, of which --env-file would be one.
    await enterUserNamespace(process.execPath, [...process.execArgv, '--', program, ...args], leaving);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    process.env.CAISSON_ROOTLESS_PROBLEM = `${words}\n${isCaissonError(error) ? (error.hint ?? '') : ''}`;
  }
}

function remoteFlags(args: readonly string[]): RemoteFlags {
  const value = (long: string, short?: string): string | undefined => {
    const place = args.findLastIndex((arg) => arg === long || arg === short || arg.startsWith(`${long}=`));
    return place < 0 ? undefined : args[place]?.startsWith(`${long}=`) ? args[place]?.slice(long.length + 1) : args[place + 1];
  };
  const [host, context, config] = [value('--host', '-H'), value('--context', '-c'), value('--config')];
  return { ...(host === undefined ? {} : { host }), ...(context === undefined ? {} : { context }), ...(config === undefined ? {} : { config }) };
}
