import { describe, expect, it } from 'vitest';
import { afterProbe, startingHealth, waitBeforeProbe } from '../../../src/engine/health/health-state.js';
import { probeCommand } from '../../../src/engine/health/probe.js';

const second = 1e9;
const started = Date.parse('2026-01-01T00:00:00Z');
const at = (seconds: number, exitCode: number) => ({ start: new Date(started + seconds * 1000).toISOString(), end: new Date(started + seconds * 1000 + 100).toISOString(), exitCode, output: '' });

describe('health', () => {
  it('becomes unhealthy after so many failures in a row, and healthy with one success', () => {
    const check = { Test: ['CMD', 'x'], Retries: 3 };
    let health = startingHealth;
    for (const [second_, status] of [[30, 'starting'], [60, 'starting'], [90, 'unhealthy']] as const) {
      health = afterProbe(check, health, at(second_, 1), started);
      expect(health.status).toBe(status);
    }
    expect(health.failingStreak).toBe(3);
    health = afterProbe(check, health, at(120, 0), started);
    expect(health).toMatchObject({ status: 'healthy', failingStreak: 0 });
    expect(health.log.map(({ exitCode }) => exitCode)).toEqual([1, 1, 1, 0]);
    health = afterProbe(check, health, at(150, 1), started);
    expect(health).toMatchObject({ status: 'healthy', failingStreak: 1 });
  });

  it('does not count failures of the start period', () => {
    const check = { Test: ['CMD', 'x'], Retries: 1, StartPeriod: 60 * second };
    const early = afterProbe(check, startingHealth, at(10, 1), started);
    expect(early).toMatchObject({ status: 'starting', failingStreak: 0 });
    expect(afterProbe(check, early, at(61, 1), started).status).toBe('unhealthy');
    // Once it has been healthy, the start is over.
    const healthy = afterProbe(check, early, at(20, 0), started);
    expect(afterProbe(check, healthy, at(30, 1), started).status).toBe('unhealthy');
  });

  it('keeps the last five probes', () => {
    let health = startingHealth;
    for (let count = 0; count < 9; count++) health = afterProbe({}, health, at(count, count), started);
    expect(health.log.map(({ exitCode }) => exitCode)).toEqual([4, 5, 6, 7, 8]);
  });

  it('waits an interval after the last probe, a start interval while it starts', () => {
    const check = { Interval: 30 * second, StartPeriod: 60 * second, StartInterval: 2 * second };
    expect(waitBeforeProbe(check, startingHealth, started, started)).toBe(2000);
    expect(waitBeforeProbe(check, { ...startingHealth, log: [at(10, 1)] }, started, started + 10_100)).toBe(2000);
    expect(waitBeforeProbe(check, { ...startingHealth, status: 'healthy', log: [at(10, 0)] }, started, started + 10_100)).toBe(30_000);
    // What is overdue, because nobody was there, is done at once.
    expect(waitBeforeProbe(check, { ...startingHealth, log: [at(10, 1)] }, started, started + 500_000)).toBe(0);
    expect(waitBeforeProbe({}, startingHealth, started, started)).toBe(30_000);
  });

  it('runs CMD as it is and CMD-SHELL by a shell', () => {
    expect(probeCommand(['CMD', 'curl', '-f', 'x y'])).toEqual(['curl', '-f', 'x y']);
    expect(probeCommand(['CMD-SHELL', 'curl x || exit 1'])).toEqual(['/bin/sh', '-c', 'curl x || exit 1']);
    expect(probeCommand(['CMD-SHELL', 'true'], ['/bin/bash', '-ec'])).toEqual(['/bin/bash', '-ec', 'true']);
  });
});
