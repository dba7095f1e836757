import type { Healthcheck } from '../../model/image-config.js';
import type { HealthProbe, HealthState } from '../containers/record.js';

const SECOND = 1e9;
/** docker's, in nanoseconds. */
const defaults = { Interval: 30 * SECOND, Timeout: 30 * SECOND, StartPeriod: 0, StartInterval: 5 * SECOND, Retries: 3 } as const;
const KEPT = 5;

export const startingHealth: HealthState = { status: 'starting', failingStreak: 0, log: [] };

/** Milliseconds; 0 in the check means the default. */
export function healthTime(check: Healthcheck, name: 'Interval' | 'Timeout' | 'StartPeriod' | 'StartInterval'): number {
  return (check[name] || defaults[name]) / 1e6;
}

/**
 * How long until the next probe: an interval after the last one ended, or after the start. In the start period, and as long as it has
 * not been healthy, the start interval counts.
 */
export function waitBeforeProbe(check: Healthcheck, { status, log }: HealthState, startedAt: number, now: number): number {
  const starting = status === 'starting' && now - startedAt < healthTime(check, 'StartPeriod');
  const last = log.at(-1);
  return Math.max(0, (last ? Date.parse(last.end) : startedAt) + healthTime(check, starting ? 'StartInterval' : 'Interval') - now);
}

/** The state after a probe: a failure counts unless the container is still starting within its start period. */
export function afterProbe(check: Healthcheck, before: HealthState, result: HealthProbe, startedAt: number): HealthState {
  const log = [...before.log, result].slice(-KEPT);
  if (result.exitCode === 0) return { status: 'healthy', failingStreak: 0, log };
  const counts = before.status !== 'starting' || Date.parse(result.start) - startedAt >= healthTime(check, 'StartPeriod');
  const failingStreak = before.failingStreak + (counts ? 1 : 0);
  return { status: counts && failingStreak >= (check.Retries || defaults.Retries) ? 'unhealthy' : before.status, failingStreak, log };
}
