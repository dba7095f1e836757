import type { ContainerRecord, Digest } from '../../../src/index.js';
import { initialState } from '../../../src/engine/containers/record.js';

/** A record with what log drivers look at. */
export function fakeContainer(logOptions: Record<string, string>): ContainerRecord {
  const id = '0123456789abcdef'.repeat(4);
  const digest = `sha256:${'a'.repeat(64)}` as Digest;
  return {
    id,
    name: 'web',
    created: new Date('2026-01-01T00:00:00Z'),
    image: { name: 'localhost/app:1', id: digest, target: digest },
    status: 'running',
    state: initialState,
    options: { image: 'localhost/app:1', logOptions },
    process: { args: ['serve', '-p', '80'], env: ['TOKEN=a=b', 'LC_ALL=C', 'HOME=/'], cwd: '/', user: '', terminal: false, stdin: false },
    hostname: 'web',
    labels: { app: 'web', 'org.team': 'x', other: 'y' },
    stopSignal: 'SIGTERM',
    exposed: [],
    mounts: [],
  };
}
