import { lockFile, throwIfAborted, type Digest } from '@caisson/core';
import { join } from 'node:path';
import type { StepResult } from '../cache/build-cache.js';
import type { StepInputs } from '../cache/explain.js';
import type { StepContext } from '../session.js';

export interface CachedStep {
  readonly key: Digest;
  /** What the key is made from, for an explanation of a miss. */
  readonly inputs: StepInputs;
  /** Whether two processes that need it at once are to take turns: for what is dear. */
  readonly exclusive: boolean;
  make(): Promise<StepResult>;
}

export type SolvedStep = StepResult & { readonly cached: boolean };

/**
 * The result of a step: from the cache, from another step of this build that is at it, or made now. Reports which, and why.
 * Where two processes build the same, the second waits for the first one's result.
 */
export async function cachedStep(context: StepContext, step: CachedStep): Promise<SolvedStep> {
  const { session, info, explainer } = context;
  throwIfAborted(session.signal);
  const solved = await solve(context, step);
  explainer.note(info.id, step.key, step.inputs);
  return solved;
}

async function solve({ session, info, noCache, explainer }: StepContext, step: CachedStep): Promise<SolvedStep> {
  const { cache, running, report } = session;
  const { key } = step;
  const hit = (noCache ? undefined : await cache.get(key)) ?? (await running.get(key));
  if (hit) {
    report({ type: 'hit', step: info.id, key });
    return { ...hit, cached: true };
  }
  const reason = noCache ? ({ kind: 'no-cache', text: 'the cache is not to be used', changes: [] } as const) : explainer.reason(info.id, step.inputs);
  report({ type: 'miss', step: info.id, key, reason });
  const making = make(session, step, noCache, info.title);
  running.set(key, making);
  // Whoever else waits for it is told by its own await; nobody may be waiting.
  making.catch(() => {});
  return { ...(await making), cached: false };
}

async function make(session: StepContext['session'], step: CachedStep, noCache: boolean, title: string): Promise<StepResult> {
  const { cache, host, signal } = session;
  using _lock = step.exclusive ? await lockFile(join(host.locksFolder, `step-${step.key.slice('sha256:'.length)}`), { signal }) : undefined;
  const theirs = step.exclusive && !noCache ? await cache.get(step.key) : undefined;
  if (theirs) return theirs;
  const result = await step.make();
  cache.put(step.key, result, title);
  return result;
}
