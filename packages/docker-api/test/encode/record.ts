import type { ContainerOptions, ContainerRecord } from '@caisson/core';

export const initialStateForTests: ContainerRecord['state'] = { pid: 0, exitCode: 0, oomKilled: false, restarts: 0, stopRequested: false, unfinished: false, ports: [], networks: [] };

/** A container named `web` that was made at the beginning of 2024 and has not run. */
export function recordOf(options: Partial<ContainerOptions>): ContainerRecord {
  const digest = `sha256:${'a'.repeat(64)}` as const;
  return {
    id: 'c'.repeat(64),
    name: 'web',
    created: new Date('2024-01-01T00:00:00Z'),
    image: { name: 'busybox:1', id: digest, target: digest },
    status: 'created',
    state: initialStateForTests,
    options: { image: 'busybox:1', ...options },
    process: { args: ['/bin/sh', 'echo', 'x'], env: ['PATH=/bin', ...(options.env ?? [])], cwd: '/', user: '', terminal: false, stdin: false },
    hostname: 'cccccccccccc',
    labels: { a: 'b' },
    stopSignal: 'SIGTERM',
    exposed: [],
    mounts: [],
  };
}
