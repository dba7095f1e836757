import { setTimeout as sleep } from 'node:timers/promises';
import { CaissonError } from '@caisson/core';
import type { FetchLimits } from '../options.js';

/** Counts the failures of one piece of work since it last made progress, and waits between tries. */
export class Retry {
  readonly #limits: Required<FetchLimits>;
  #failures = 0;

  constructor(limits: Required<FetchLimits>) {
    this.#limits = limits;
  }

  /** Something arrived: the count begins anew. */
  progressed(): void {
    this.#failures = 0;
  }

  /**
   * Waits before another try, with back-off and jitter, at least `retryAfter` milliseconds. Resolves with false where no tries are left
   * or the registry asks for more patience than was allowed.
   * @throws CaissonError `cancelled`
   */
  async wait(retryAfter: number | undefined, signal: AbortSignal | undefined): Promise<boolean> {
    const { retries, retryDelay, maxRetryDelay } = this.#limits;
    if (this.#failures >= retries || (retryAfter !== undefined && retryAfter > maxRetryDelay)) return false;
    const backoff = Math.min(maxRetryDelay, retryDelay * 2 ** this.#failures);
    this.#failures += 1;
    // Half of it at random: clients that failed together must not come back together.
    const delay = Math.max(retryAfter ?? 0, backoff * (0.5 + Math.random() / 2));
    try {
      await sleep(delay, undefined, signal ? { signal } : {});
    } catch (error) {
      throw new CaissonError('cancelled', 'cancelled while waiting to try again', { cause: signal?.reason ?? error });
    }
    return true;
  }
}

/** Milliseconds of a Retry-After header: seconds or a date (RFC 9110, 10.2.3). Undefined for anything else. */
export function parseRetryAfter(value: string | undefined, now = Date.now()): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
