import { expect, describe, it } from 'vitest';
import { toApiError } from '../../src/server/http/api-error.js';
import { createRequest } from '../../src/server/requests/container-create.js';
import { readContainerOptions } from '../../src/server/requests/container-options.js';
import { credentialsOf, registryHost } from '../../src/server/requests/auth.js';

const read = (body: object) => readContainerOptions(createRequest({ Image: 'busybox', ...body }, ''), { name: '/web', platform: undefined });
const host = (HostConfig: object) => read({ HostConfig });

describe('a request for a container', () => {
  it('asks for nothing that it does not say', () => {
    expect(read({})).toEqual({ image: 'busybox', name: 'web', pull: 'never', network: 'bridge', resources: {} });
  });

  it('takes what docker’s command line sends', () => {
    const options = read({
      Cmd: ['echo', 'x'],
      Entrypoint: [''],
      Env: ['A=b'],
      Tty: true,
      Labels: { a: 'b' },
      ExposedPorts: { '80/tcp': {}, '90-91': {} },
      Volumes: { '/anon': {} },
      HostConfig: {
        Binds: ['/src:/dst:ro', 'vol:/vol'],
        Mounts: [{ Type: 'tmpfs', Target: '/tmp', TmpfsOptions: { SizeBytes: 1024 } }],
        PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }], '90/udp': null },
        Memory: 64 * 1024 * 1024,
        NanoCpus: 1_500_000_000,
        RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
        NetworkMode: 'mine',
        PidsLimit: -1,
        ConsoleSize: [24, 80],
      },
      NetworkingConfig: { EndpointsConfig: { mine: { Aliases: ['db'], IPAMConfig: { IPv4Address: '10.0.0.9' } }, more: null } },
    });
    expect(options).toMatchObject({
      command: ['echo', 'x'],
      entrypoint: [],
      env: ['A=b'],
      terminal: true,
      terminalSize: { rows: 24, columns: 80 },
      expose: ['80/tcp', '90/tcp', '91/tcp'],
      mounts: [
        { type: 'bind', source: '/src', target: '/dst', readOnly: true, createSource: true },
        { type: 'volume', source: 'vol', target: '/vol' },
        { type: 'tmpfs', target: '/tmp', size: 1024 },
        { type: 'volume', target: '/anon' },
      ],
      ports: [
        { protocol: 'tcp', hostIp: '', hostPort: 8080, containerPort: 80 },
        { protocol: 'udp', hostIp: '', hostPort: 0, containerPort: 90 },
      ],
      resources: { memory: 67108864, cpuPeriod: 100000, cpuQuota: 150000, pids: -1 },
      restart: { name: 'on-failure', maximumRetries: 3 },
      network: 'mine',
      networkAliases: ['db'],
      ip: '10.0.0.9',
      furtherNetworks: [{ network: 'more' }],
    });
  });

  it.each([
    [{ Binds: ['relative:dst'] }, 400],
    [{ Binds: ['a:b:c:d'] }, 400],
    [{ Binds: ['/a:/b:odd'] }, 400],
    [{ Binds: ['../x:/b'] }, 400],
    [{ Mounts: [{ Type: 'bind', Target: '/x' }] }, 400],
    [{ Mounts: [{ Type: 'odd', Target: '/x' }] }, 400],
    [{ Mounts: [{ Type: 'image', Target: '/x' }] }, 501],
    [{ PortBindings: { '99999/tcp': [] } }, 400],
    [{ PortBindings: { '80/tcp': [{ HostIp: 'nowhere' }] } }, 400],
    [{ RestartPolicy: { Name: 'sometimes' } }, 400],
    [{ RestartPolicy: { Name: 'always' }, AutoRemove: true }, 400],
    [{ Memory: 1024 }, 400],
    [{ Memory: '64m' }, 400],
    [{ NanoCpus: 1, CpuQuota: 5 }, 400],
    [{ DeviceRequests: [{ Driver: 'nvidia' }] }, 400],
    [{ VolumeDriver: 'nfs' }, 400],
  ])('refuses %j', (config, status) => {
    let error: unknown;
    try {
      host(config);
    } catch (thrown) {
      error = thrown;
    }
    expect(error === undefined ? 200 : toApiError(error).status).toBe(status);
  });
});

it('knows credentials in each of their forms', () => {
  expect(credentialsOf({ username: 'a', password: 'b' })).toEqual({ username: 'a', password: 'b' });
  expect(credentialsOf({ identitytoken: 't', username: 'a' })).toEqual({ identityToken: 't' });
  expect(credentialsOf({ registrytoken: 't' })).toEqual({ registryToken: 't' });
  expect(credentialsOf({ auth: Buffer.from('me:se:cret').toString('base64') })).toEqual({ username: 'me', password: 'se:cret' });
  expect(credentialsOf({})).toBeUndefined();
  expect(['https://index.docker.io/v1/', 'localhost:5000', 'https://ghcr.io/v2/'].map(registryHost)).toEqual(['docker.io', 'localhost:5000', 'ghcr.io']);
});
