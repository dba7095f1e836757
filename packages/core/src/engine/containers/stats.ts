import { setTimeout as sleep } from 'node:timers/promises';
import { isCaissonError } from '../../errors.js';
import type { Runtime } from '../../runtime/runtime.js';
import type { ContainerStats } from '../engine.js';
import type { ContainerRecord } from './record.js';

const INTERVAL_MS = 1000;

/** One reading, or one a second until the container ends or the signal comes. @throws CaissonError `in-use` where it does not run */
export async function* readStats(runtime: Runtime, { id, name }: ContainerRecord, { stream, signal }: { stream: boolean; signal: AbortSignal | undefined }): AsyncGenerator<ContainerStats, void> {
  yield { ...(await runtime.stats(id)), id, name };
  if (!stream) return;
  const over = new AbortController();
  const end = () => over.abort();
  signal?.addEventListener('abort', end);
  void runtime.wait(id, { signal: over.signal }).then(end, end);
  try {
    for (let next = Date.now() + INTERVAL_MS; ; next = Math.max(next + INTERVAL_MS, Date.now())) {
      await sleep(Math.max(0, next - Date.now()), undefined, { signal: over.signal }).catch(() => {});
      if (over.signal.aborted || signal?.aborted) return;
      const reading = await runtime.stats(id).catch((error: unknown) => {
        if (isCaissonError(error, 'in-use', 'not-found')) return undefined; // it has just ended
        throw error;
      });
      if (!reading) return;
      yield { ...reading, id, name };
    }
  } finally {
    end();
    signal?.removeEventListener('abort', end);
  }
}
