import { describe, expect, it } from 'vitest';
import { restartDelay } from '../../src/engine/containers/exited.js';
import { initialState, type ContainerState } from '../../src/engine/containers/record.js';
import type { RestartPolicy } from '../../src/index.js';

const base = Date.parse('2026-01-01T00:00:00Z');
const delay = (restart: RestartPolicy | undefined, state: Partial<ContainerState> = {}, ranMs = 50) =>
  restartDelay({ options: { image: 'x', ...(restart ? { restart } : {}) }, state: { ...initialState, exitCode: 1, startedAt: new Date(base).toISOString(), finishedAt: new Date(base + ranMs).toISOString(), ...state } });

describe('restart policies', () => {
  it('start again with a delay that doubles up to a minute, and begins anew after a good run', () => {
    expect([0, 1, 2, 3, 9, 10, 50].map((restarts) => delay({ name: 'always' }, { restarts }))).toEqual([100, 200, 400, 800, 51_200, 60_000, 60_000]);
    expect(delay({ name: 'always' }, { restarts: 9 }, 10_001)).toBe(100);
  });

  it('know when they are to leave it alone', () => {
    expect(delay(undefined)).toBeUndefined();
    expect(delay({ name: 'no' })).toBeUndefined();
    for (const name of ['always', 'unless-stopped', 'on-failure'] as const) expect(delay({ name }, { stopRequested: true })).toBeUndefined();
    expect(delay({ name: 'unless-stopped' }, { exitCode: 0 })).toBe(100);
    expect(delay({ name: 'on-failure' }, { exitCode: 0 })).toBeUndefined();
    expect(delay({ name: 'on-failure', maximumRetries: 2 }, { restarts: 1 })).toBe(200);
    expect(delay({ name: 'on-failure', maximumRetries: 2 }, { restarts: 2 })).toBeUndefined();
    expect(delay({ name: 'on-failure', maximumRetries: 0 }, { restarts: 20 })).toBe(60_000);
  });
});
