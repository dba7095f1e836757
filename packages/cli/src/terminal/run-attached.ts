import { isCaissonError, type ContainerRecord } from '@caisson/core';
import type { Cli } from '../cli.js';
import { joinStreams } from './join.js';

export interface RunAttachedOptions {
  readonly stdin: boolean;
  readonly detachKeys: string;
  readonly sigProxy: boolean;
  /** Which output to show; absent: both. */
  readonly show?: { readonly stdout: boolean; readonly stderr: boolean };
}

/** Starts a container with this process's streams joined to it from before its first instruction. Returns its exit code; 0 when it was left running. */
export async function runAttached(cli: Cli, container: ContainerRecord, { stdin, detachKeys, sigProxy, show }: RunAttachedOptions): Promise<number> {
  const { id, process } = container;
  const join = { terminal: process.terminal, stdin, detachKeys, ...(show ? { show } : {}), kill: sigProxy ? (signal: string) => cli.engine.containers.kill(id, signal) : undefined };
  if (cli.remote) {
    await using client = await cli.remote.engine.containers.startAttached(id, { stdin });
    return (await joinStreams(client, join)) === 'detached' ? 0 : (await client.wait()).code;
  }
  const { containers } = cli.local;
  await using client = await containers.startAttached(id, { stdin });
  if ((await joinStreams(client, join)) === 'detached') return 0;
  const { code } = await containers.wait(id);
  try {
    await containers.finish(id);
  } catch (error) {
    if (!isCaissonError(error, 'not-found')) throw error;
  }
  return code;
}
