import { CaissonError, isCaissonError } from '../../errors.js';
import type { ExitStatus } from '../../runtime/runtime.js';
import type { Cancellable } from '../engine.js';
import type { EventLog } from '../events.js';
import type { Lifecycle } from './lifecycle.js';
import type { ContainerRecord } from './record.js';

/**
 * Waits for the next exit, or for the removal, by the events that whoever sees them records; `seen` is the latest of when the record was read. A removed container's exit is the last it had.
 * @throws CaissonError `cancelled`; for `next-exit`, `not-found` when it is removed without another one
 */
export async function waitForEvent(events: EventLog, lifecycle: Lifecycle, record: ContainerRecord, condition: 'next-exit' | 'removed', { seen, signal }: Cancellable & { seen: number }): Promise<ExitStatus> {
  const { id } = record;
  const stop = new AbortController();
  const cancel = () => stop.abort();
  signal?.addEventListener('abort', cancel);
  if (signal?.aborted) cancel();
  // Where nobody else is there to see the exit (the hook was killed), the runtime tells of it.
  const watch = () => void lifecycle.wait(id, { signal: stop.signal }).then(() => lifecycle.finish(id)).catch(() => {});
  if (record.status === 'running' || record.status === 'paused') watch();
  let exit = exitOf(record);
  let oom = false;
  try {
    for await (const event of events.follow({ types: ['container'], after: seen, signal: stop.signal })) {
      if (event.actor !== id) continue;
      if (event.action === 'start') watch();
      if (event.action === 'oom') oom = true;
      if (event.action === 'die') {
        exit = { code: Number(event.attributes.exitCode), at: event.at, oomKilled: oom };
        oom = false;
        if (condition === 'next-exit') return exit;
      }
      if (event.action !== 'destroy') continue;
      if (condition === 'removed') return exit;
      throw new CaissonError('not-found', `container ${record.name} was removed`);
    }
  } finally {
    cancel();
    signal?.removeEventListener('abort', cancel);
  }
  throw new CaissonError('cancelled', 'cancelled while waiting for a container', { cause: signal?.reason });
}

function exitOf({ state, created }: ContainerRecord): ExitStatus {
  return { code: state.exitCode, at: new Date(state.finishedAt ?? created), oomKilled: state.oomKilled };
}

/** The exit of a container that has been removed since, as the events have it. @throws CaissonError `not-found` */
export function exitBeforeRemoval(events: EventLog, id: string, error: unknown): ExitStatus {
  const last = events.last('container', 'die', id);
  if (!isCaissonError(error, 'not-found') || !last) throw error;
  return { code: Number(last.attributes.exitCode), at: last.at, oomKilled: false };
}
