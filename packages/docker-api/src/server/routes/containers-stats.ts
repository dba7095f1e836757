import { isCaissonError, type ContainerStats } from '@caisson/core';
import { emptyStats, encodeStats } from '../../encode/stats.js';
import { ok, type Call, type Handler, type Reply } from '../http/call.js';
import type { Route } from '../http/router.js';
import { JsonLines } from '../streams/json-lines.js';
import type { StatsResponse } from '../../types/stats.js';
import { container } from './objects.js';

async function stats(call: Call): Promise<Reply | undefined> {
  const record = await container(call);
  const { id, name, status } = record;
  const stream = call.query.flag('stream', true);
  // docker goes on saying nothing until it runs; one answer and an end serves its clients as well.
  if (status !== 'running' && status !== 'paused') return ok(emptyStats({ id, name }));
  if (!stream) return ok(await once(call, id));
  const lines = new JsonLines<StatsResponse>(call.response);
  lines.begin();
  let before: ContainerStats | undefined;
  try {
    for await (const reading of call.engine.containers.stats(id, { stream: true, signal: call.watching })) {
      await lines.send(encodeStats(reading, before));
      before = reading;
    }
  } catch (error) {
    if (call.watching.aborted) return undefined;
    if (!isCaissonError(error, 'cancelled', 'in-use', 'not-found')) throw error; // the latter two: it has just ended
  }
  lines.end();
  return undefined;
}

/** Two readings a second apart, so that there are rates; with `one-shot`, the first alone. */
async function once(call: Call, id: string): Promise<StatsResponse> {
  const single = call.query.flag('one-shot');
  const stop = new AbortController();
  let before: ContainerStats | undefined;
  try {
    for await (const reading of call.engine.containers.stats(id, { stream: !single, signal: AbortSignal.any([stop.signal, call.signal]) })) {
      if (single || before) return encodeStats(reading, before);
      before = reading;
    }
  } finally {
    stop.abort();
  }
  const record = await container(call);
  return before ? encodeStats(before) : emptyStats(record);
}

export const containerStatsRoutes: readonly Route<Handler>[] = [{ method: 'GET', path: '/containers/{name}/stats', handler: stats }];
