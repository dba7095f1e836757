import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../../packages/docker-api/src/server/routes/index.js';
import { CaissonHost } from './api-support.js';
import { random as randomOf } from './random.js';
import { isRoot, untilTrue } from './support.js';

const oddValues: readonly unknown[] = [null, true, -1, 0, 1e308, 2 ** 53, '', 'x', '\u0000', '../../etc', 'a'.repeat(5000), '💥', [], [null], [[]], {}, { a: {} }, { __proto__: null }, [1, 'a', {}], '80/tcp', '{}'];

const validBodies: readonly object[] = [
  { Image: 'localhost/busybox:1', Cmd: ['true'], Env: ['A=b'], ExposedPorts: { '80/tcp': {} }, Labels: { a: 'b' }, HostConfig: { Binds: ['/tmp:/x'], PortBindings: { '80/tcp': [{ HostPort: '0' }] }, Memory: 0, RestartPolicy: { Name: 'no' }, Mounts: [{ Type: 'tmpfs', Target: '/t' }] }, NetworkingConfig: { EndpointsConfig: { bridge: {} } } },
  { AttachStdout: true, Cmd: ['true'], Tty: false },
  { Detach: false, Tty: false },
  { Name: 'n', Driver: 'bridge', IPAM: { Config: [{ Subnet: '10.99.0.0/24' }] }, Labels: {} },
  { Name: 'v', Driver: 'local', DriverOpts: {}, Labels: {} },
  { Container: 'held', EndpointConfig: {} },
  { username: 'a', password: 'b', serveraddress: 'localhost:1' },
  { context: { kind: 'none' }, dockerfile: { text: 'FROM scratch' } },
];

const queries = ['all=1', 'limit=-1', 'limit=x', 'filters=%7B%7D', 'filters=%7B%22name%22%3A1%7D', 'filters=[', 'since=never', 't=1.5', 'signal=NOSUCH', 'condition=later', 'path=', 'path=%00', 'path=../../../etc/shadow', 'h=-1&w=99999', 'stream=1&stdout=1&stdin=1', 'stdout=1', 'tail=-5', 'repo=%20', 'repo=UPPER', 'name=%0a', 'names=', 'platform=%7B', 'layer=-1', 'fromImage=%20', 'fromImage=localhost:1/x', 'buildargs=[]', 'ulimits=x', 'remote=file%3A%2F%2F%2Fetc%2Fpasswd', 'ps_args=--nosuch', 'detachKeys=ctrl-', 'until=0', ''];

/** Paths that end what other tests need, or wait for what never comes, are left to tests of their own. */
const endless = new Set(['/events', '/containers/{name}/wait', '/containers/{name}/attach', '/containers/{name}/stats', '/containers/{name}/logs']);

describe.skipIf(!isRoot)('hostile clients (needs root to run containers)', () => {
  let host: CaissonHost;

  beforeAll(async () => {
    host = await CaissonHost.start();
    host.ok('run', '-d', '--name', 'held', 'localhost/busybox:1', 'sleep', '600');
  });
  afterAll(() => host.dispose());

  const alive = async () => {
    expect((await host.call('GET', '/_ping')).body).toBe('OK');
    expect(host.log).not.toContain('Unhandled');
  };

  /** Sends bytes as they are, and gives what comes back until that is what is awaited, the connection ends, or a time has passed. */
  const raw = (bytes: string | Uint8Array, { end = false, wait = 60_000, until }: { end?: boolean; wait?: number; until?: RegExp } = {}): Promise<string> =>
    new Promise((resolve) => {
      let said = '';
      const socket: Socket = connect(host.socket, () => (end ? socket.end(bytes) : void socket.write(bytes)));
      const done = () => {
        clearTimeout(timer);
        socket.destroy();
        resolve(said);
      };
      const timer = setTimeout(done, wait);
      const hear = (data: Buffer) => {
        said += data.toString('latin1');
        if (until?.test(said)) done();
      };
      socket.on('data', hear).on('error', done).on('close', done);
    });

  const mutate = (value: unknown, random: () => number): unknown => {
    if (random() < 0.15) return oddValues[Math.floor(random() * oddValues.length)];
    if (Array.isArray(value)) return value.map((one) => mutate(one, random));
    if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, mutate(one, random)]));
    return value;
  };

  it.each([1, 2, 3, 4])('get a refusal for whatever makes no sense (seed %i)', async (seed) => {
    const random = randomOf(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const faults: string[] = [];
    for (let n = 0; n < 250; n++) {
      const route = pick(routes);
      if (endless.has(route.path)) continue;
      const name = pick(['held', 'nosuch', '%2e%2e', '%00', '%zz', 'a'.repeat(3000), '💥', '..', 'sha256:x', 'localhost/busybox:1', '-']);
      const path = `${pick(['', '/v1.24', '/v1.41', '/v1.51', '/v9.9', '/v1'])}${route.path.replace(/\{\w+\*?\}/g, encodeURI(name))}?${pick(queries)}`;
      const text = JSON.stringify(mutate(pick(validBodies), random));
      const body = pick([text, text.slice(0, Math.floor(text.length * random())), '', '[]', 'null', '"x"', '\u0000\u0001', '[['.repeat(2000)]);
      const headers = pick([{}, { 'X-Registry-Auth': 'not base64' }, { 'X-Registry-Config': 'e30' }, { 'Content-Type': 'text/html' }, { 'Content-Type': 'application/json; charset=utf-8' }]);
      const { status } = await host.call(route.method, path, { ...(route.method === 'POST' || route.method === 'PUT' ? { body } : {}), headers: headers as Record<string, string> });
      if (status >= 500 && status !== 501 && status !== 503) faults.push(`${status} ${route.method} ${path} ${body.slice(0, 300)}`);
      // What some seeds get to make or to end.
      if (/held/.test(path) && /DELETE|stop|kill|restart|pause|rename/.test(`${route.method} ${path}`) && !(await host.call('GET', '/containers/held/json')).body.includes('"running"')) {
        host.docker(['rm', '-f', 'held']);
        host.ok('run', '-d', '--name', 'held', 'localhost/busybox:1', 'sleep', '600');
      }
      if (/image/.test(path) && route.method !== 'GET' && (await host.call('GET', '/images/localhost/busybox:1/json')).status !== 200) host.sandbox.ok('import', '-c', 'CMD ["/bin/sh"]', host.sandbox.path('busybox.tar'), 'localhost/busybox:1');
    }
    expect(faults).toEqual([]);
    await alive();
  }, 240_000);

  it('get a refusal for bodies beyond measure', async () => {
    const huge = `{"Image":"${'x'.repeat(6 * 1024 * 1024)}"}`;
    expect((await host.call('POST', '/containers/create', { body: huge })).status).toBe(413);
    expect((await host.call('POST', '/containers/create', { body: `{"Env":[${'"a",'.repeat(900_000)}"a"]}` })).status).toBe(400);
    expect((await host.call('POST', '/images/load', { body: Buffer.alloc(300_000, 7) })).status).toBe(400);
    expect((await host.call('POST', '/build', { body: Buffer.alloc(300_000, 7) })).status).toBe(400);
    expect((await host.call('PUT', '/containers/held/archive?path=/', { body: Buffer.alloc(300_000, 7) })).status).toBe(400);
    await alive();
  });

  it.each([
    ['no HTTP', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000', /^HTTP\/1\.1 400/],
    ['headers beyond measure', `GET /_ping HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(100_000)}\r\n\r\n`, /^HTTP\/1\.1 431/],
    ['a length that is none', 'POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n{}', /^HTTP\/1\.1 400/],
    ['two lengths', 'POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}', /^HTTP\/1\.1 400/],
    ['a broken chunk', 'POST /containers/create HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}', /^HTTP\/1\.1 400/],
    ['a method that is none', 'BREW /_ping HTTP/1.1\r\nHost: x\r\n\r\n', /^HTTP\/1\.1 400/],
    ['another protocol to upgrade to', 'GET /_ping HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n', /^HTTP\/1\.1 200 OK[^]*OK$/],
    ['an upgrade of what does not exist', 'POST /nosuch HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n', /^HTTP\/1\.1 404/],
    ['an upgrade with a body without end', 'POST /exec/nosuch/start HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 99999999999\r\n\r\n{', /^HTTP\/1\.1 404/],
    ['an attach to nothing', 'POST /containers/nosuch/attach?stream=1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n', /^HTTP\/1\.1 404/],
    ['a session without an ID', 'POST /session HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n', /^HTTP\/1\.1 400/],
    ['a session that speaks no HTTP/2', 'POST /session HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nX-Docker-Expose-Session-Uuid: hostile\r\n\r\nGET / HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 101/],
  ])('may send %s', async (_what, bytes, answer) => {
    expect(await raw(bytes, { until: answer })).toMatch(answer);
    await alive();
  });

  it('may leave in the middle of anything', async () => {
    const exec = async () => (JSON.parse((await host.call('POST', '/containers/held/exec', { body: '{"Cmd":["cat"],"AttachStdin":true,"AttachStdout":true}' })).body) as { Id: string }).Id;
    const requests = [
      'GET /events HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET /containers/held/logs?follow=1&stdout=1 HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET /containers/held/stats HTTP/1.1\r\nHost: x\r\n\r\n',
      'POST /containers/held/wait HTTP/1.1\r\nHost: x\r\n\r\n',
      'POST /containers/held/attach?stream=1&stdout=1&stdin=1 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n',
      'POST /containers/held/attach?stream=1&stdout=1&stdin=1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n',
      'POST /images/load HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
      'POST /build HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nhello',
      'POST /containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n{"Image":',
      'GET /images/localhost/busybox:1/get HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET /containers/held/export HTTP/1.1\r\nHost: x\r\n\r\n',
    ];
    for (let round = 0; round < 3; round++) {
      for (const bytes of requests) await raw(bytes, { wait: 30, end: round === 1 });
      await raw(`POST /exec/${await exec()}/start HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}half`, { wait: 100 });
      await raw(`POST /exec/${await exec()}/start HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 50\r\n\r\n{`, { wait: 30, end: round === 1 });
    }
    await alive();
    // Nobody follows any more: what was opened for those clients has been closed.
    await untilTrue(async () => (JSON.parse((await host.call('GET', '/info')).body) as { NEventsListener: number }).NEventsListener === 0);
    expect(host.ok('exec', 'held', 'echo', 'fine')).toBe('fine');
  });

  it('a build that nobody waits for any more is stopped', async () => {
    const gone = host.spawnDocker(['build', '-'], 'FROM localhost/busybox:1\nRUN echo begun; sleep 300\n');
    const status = async () => (JSON.parse((await host.call('GET', '/caisson/v1/builds')).body) as { status: string }[])[0]?.status;
    await untilTrue(async () => gone.said().includes('begun'));
    expect(await status()).toBe('running');
    gone.kill();
    await untilTrue(async () => (await status()) === 'cancelled');
  });

  it('a slow reader holds up nobody but itself', async () => {
    host.ok('run', '-d', '--name', 'loud', 'localhost/busybox:1', 'sh', '-c', 'while true; do echo 0123456789012345678901234567890123456789012345678901234567890123456789; done');
    const socket = connect(host.socket, () => socket.write('GET /containers/loud/logs?follow=1&stdout=1 HTTP/1.1\r\nHost: x\r\n\r\n'));
    await new Promise((resolve) => socket.once('readable', resolve));
    const before = host.memory;
    for (let n = 0; n < 20; n++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect((await host.call('GET', '/containers/json')).status).toBe(200);
    }
    expect(host.memory - before).toBeLessThan(100 * 1024 * 1024);
    socket.destroy();
    host.ok('rm', '-f', 'loud');
  });
});
