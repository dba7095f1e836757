import { expect, it } from 'vitest';
import { endOf, exitOf } from '../../../src/engine/containers/exited.js';
import type { ContainerRecord } from '../../../src/engine/containers/record.js';

const state = (more: Partial<ContainerRecord['state']>) => ({ pid: 0, exitCode: 3, oomKilled: false, restarts: 0, stopRequested: false, unfinished: false, ports: [], networks: [], error: '', startedAt: '2026-01-01T00:00:00.012Z', ...more }) as ContainerRecord['state'];
const exit = (at: string) => ({ code: 3, at: new Date(at), oomKilled: false });

it.each([
  ['a clock that is behind', '2026-01-01T00:00:00.010Z', '2026-01-01T00:00:00.012Z'],
  ['the same moment', '2026-01-01T00:00:00.012Z', '2026-01-01T00:00:00.012Z'],
  ['later', '2026-01-01T00:00:01.000Z', '2026-01-01T00:00:01.000Z'],
])('knows an exit that was noted for the last run: %s', (_, at, expected) => {
  const finishedAt = endOf(exit(at), state({})).toISOString();
  expect(finishedAt).toBe(expected);
  expect(exitOf({ state: state({ finishedAt }) } as ContainerRecord)).toEqual(exit(expected));
});

it('takes the exit of an earlier run for none', () => expect(exitOf({ state: state({ finishedAt: '2026-01-01T00:00:00.011Z' }) } as ContainerRecord)).toBeUndefined());
