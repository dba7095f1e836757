import { describe, expect, it } from 'vitest';
import type { Digest } from '@caisson/core';
import { initialStateForTests, recordOf } from './record.js';
import { encodeContainer, encodeContainerSummary, encodeEvent, encodeHistory, encodeStats, goFileMode, humanDuration, posixMode, statusText } from '../../src/encode/index.js';
import { decodeImageSummary } from '../../src/decode/image.js';
import { encodeImageSummary, repoDigests } from '../../src/encode/image.js';
import { encodePortMap, encodePorts } from '../../src/encode/ports.js';

it.each([
  [0, 'Less than a second'],
  [1000, '1 second'],
  [59_000, '59 seconds'],
  [60_000, 'About a minute'],
  [3 * 60_000, '3 minutes'],
  [60 * 60_000, 'About an hour'],
  [47 * 3_600_000, '47 hours'],
  [3 * 86_400_000, '3 days'],
  [21 * 86_400_000, '3 weeks'],
  [90 * 86_400_000, '3 months'],
  [1000 * 86_400_000, '2 years'],
])('says %i ms as docker does', (milliseconds, words) => {
  expect(humanDuration(milliseconds)).toBe(words);
});

it.each([
  [0o100644, 0o644],
  [0o040755, 0x80000000 + 0o755],
  [0o120777, 0x08000000 + 0o777],
  [0o104755, 0x00800000 + 0o755],
  [0o041777, 0x80000000 + 0x00100000 + 0o777],
  [0o020666, 0x04200000 + 0o666],
])('turns the mode %o into Go’s and back', (mode, go) => {
  expect(goFileMode(mode)).toBe(go);
  expect(posixMode(go)).toBe(mode);
});

describe('ports', () => {
  const published = [{ protocol: 'tcp', hostIp: '', hostPort: 8080, containerPort: 80 }] as const;

  it('are told by what is in the container', () => {
    expect(encodePortMap(published, { exposed: ['80/tcp', '53/udp'], resolved: true })).toEqual({ '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }], '53/udp': null });
    expect(encodePortMap([{ ...published[0], hostPort: 0 }])).toEqual({ '80/tcp': [{ HostIp: '', HostPort: '' }] });
    expect(encodePorts(published, ['80/tcp', '53/udp'])).toEqual([
      { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
      { PrivatePort: 53, Type: 'udp' },
    ]);
  });
});

describe('a container', () => {
  const now = Date.parse('2024-01-01T01:00:00Z');

  it.each([
    ['running', {}, 'Up About an hour'],
    ['running', { health: { status: 'starting', failingStreak: 0, log: [] } }, 'Up About an hour (health: starting)'],
    ['paused', {}, 'Up About an hour (Paused)'],
    ['exited', { exitCode: 3, finishedAt: '2024-01-01T00:57:00Z' }, 'Exited (3) 3 minutes ago'],
    ['exited', { exitCode: 3, finishedAt: '2024-01-01T00:57:00Z', restartAt: '2024-01-01T01:00:01Z' }, 'Restarting (3) 3 minutes ago'],
    ['created', {}, 'Created'],
  ] as const)('%s %j', (status, state, words) => {
    expect(statusText({ status, state: { ...initialStateForTests, startedAt: '2024-01-01T00:00:00Z', ...state } }, now)).toBe(words);
  });

  it('is inspected with what was asked and what came of it', () => {
    const body = encodeContainer(recordOf({ env: ['A=b'], command: ['echo', 'x'], restart: { name: 'always' }, resources: { memory: 1e8, cpuPeriod: 100_000, cpuQuota: 50_000 } }));
    expect(body).toMatchObject({ Name: '/web', Path: '/bin/sh', Args: ['echo', 'x'], Config: { Entrypoint: ['/bin/sh'], Cmd: ['echo', 'x'], Labels: { a: 'b' } }, HostConfig: { RestartPolicy: { Name: 'always', MaximumRetryCount: 0 }, Memory: 1e8, NanoCpus: 5e8, CpuQuota: 0 } });
    expect(body.Config.Env?.[0]).toBe('A=b');
    expect(body.State).toMatchObject({ Status: 'created', StartedAt: '0001-01-01T00:00:00Z' });
  });

  it('is listed', () => {
    expect(encodeContainerSummary(recordOf({}))).toMatchObject({ Names: ['/web'], Image: 'busybox:1', Command: '/bin/sh echo x', Created: 1704067200, State: 'created', Ports: [] });
  });
});

it('tells history from the top, with the size of each layer', () => {
  const digest = `sha256:${'a'.repeat(64)}` as const;
  const layer = { mediaType: 'x', digest, size: 7 };
  const history = encodeHistory({
    target: layer,
    id: digest,
    names: ['docker.io/library/app:1'],
    added: new Date(0),
    descriptor: layer,
    manifest: { schemaVersion: 2, mediaType: 'x', config: layer, layers: [layer, { ...layer, size: 9 }] },
    config: { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [digest, digest] }, history: [{ created_by: 'one', created: '2024-01-01T00:00:00Z' }, { created_by: 'CMD', empty_layer: true }] },
  });
  expect(history.map(({ Id, CreatedBy, Size, Tags }) => [Id, CreatedBy, Size, Tags])).toEqual([
    [digest, '', 9, ['app:1']],
    ['<missing>', 'CMD', 0, null],
    ['<missing>', 'one', 7, null],
  ]);
});

it('tells events in both of docker’s ways', () => {
  expect(encodeEvent({ sequence: 5, at: new Date(1500), type: 'container', action: 'start', actor: 'id', attributes: { image: 'i' } })).toEqual({ status: 'start', id: 'id', from: 'i', Type: 'container', Action: 'start', Actor: { ID: 'id', Attributes: { image: 'i' } }, scope: 'local', time: 1, timeNano: 1_500_005_000 });
  expect(encodeEvent({ sequence: 5, at: new Date(0), type: 'volume', action: 'create', actor: 'v', attributes: {} })).not.toHaveProperty('status');
});

it('tells stats with what they are reckoned from', () => {
  const reading = { id: 'i', name: 'n', at: new Date(1000), cpuNanoseconds: 5, systemCpuNanoseconds: 9, onlineCpus: 2, memoryBytes: 10, memoryCacheBytes: 3, memoryLimit: 100, pids: 1, blockReadBytes: 1, blockWriteBytes: 2, networks: {} };
  expect(encodeStats({ ...reading, at: new Date(2000), cpuNanoseconds: 6 }, reading)).toMatchObject({ cpu_stats: { cpu_usage: { total_usage: 6 }, online_cpus: 2 }, precpu_stats: { cpu_usage: { total_usage: 5 } }, memory_stats: { usage: 13, limit: 100, stats: { inactive_file: 3 } }, preread: '1970-01-01T00:00:01.000Z' });
});

describe('digests of an image', () => {
  const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}`;
  const target = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: digest('a'), size: 7 };
  const names = ['docker.io/library/app:1', 'ghcr.io/acme/app:1', 'ghcr.io/acme/app:2'];

  it('are its own in each repository where no registry has another', () => {
    expect(repoDigests({ names, target })).toEqual([`app@${digest('a')}`, `ghcr.io/acme/app@${digest('a')}`]);
  });

  it('are first of all those that a registry has it under, in the repositories that it still has a name in', () => {
    const pushed = [`ghcr.io/acme/app@${digest('b')}`, `quay.io/gone/app@${digest('c')}`];
    expect(repoDigests({ names, target, pushed })).toEqual([`ghcr.io/acme/app@${digest('b')}`, `app@${digest('a')}`, `ghcr.io/acme/app@${digest('a')}`]);
  });

  it('come back from a list with their image’s own', () => {
    const image = { id: digest('1'), target, names, pushed: [`ghcr.io/acme/app@${digest('b')}`], added: new Date(0), created: new Date(0), bytes: 5 };
    expect(decodeImageSummary(encodeImageSummary(image))).toMatchObject({ target, names, pushed: [`ghcr.io/acme/app@${digest('b')}`] });
    expect(decodeImageSummary(encodeImageSummary({ id: digest('1'), target, names, added: new Date(0), created: new Date(0), bytes: 5 })).pushed).toBeUndefined();
  });
});
