import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isCaissonError } from '@caisson/core';
import { anonymous, RegistryClient, registrySink, registrySource, staticCredentials } from '../../src/index.js';
import { hasDockerRegistry, startDockerRegistry, type DockerRegistry } from '../support/docker-registry.js';
import { FaultProxy, type Fault, type SeenRequest } from '../support/fault-proxy.js';
import { bytesFrom, collect, makeImage, type TestImage } from '../support/image.js';
import { pullFrom, pushTo } from '../support/transfer.js';

describe.skipIf(!hasDockerRegistry)('docker-registry behind a bad line', () => {
  let registry: DockerRegistry;
  let proxy: FaultProxy;
  let client: RegistryClient;
  let image: TestImage;
  let name: string;
  beforeAll(async () => {
    registry = await startDockerRegistry();
  });
  afterAll(() => registry.stop());
  beforeEach(async () => {
    proxy = await FaultProxy.before(registry.host);
    client = new RegistryClient({ credentials: anonymous, limits: { retryDelay: 5, silence: 400 } });
    image = makeImage({ layers: [3_000_000] });
    name = `${proxy.host}/app:1`;
    await pushTo(registrySink(client, name), image);
    proxy.calm();
  });
  afterEach(async () => {
    await client.close();
    await proxy[Symbol.asyncDispose]();
  });

  /** Fails the first `times` requests that the filter takes. */
  const failing = (times: number, filter: (request: SeenRequest) => boolean, fault: Fault) => {
    let left = times;
    return (request: SeenRequest) => (filter(request) && left-- > 0 ? fault : undefined);
  };
  const blobs = ({ method, url }: SeenRequest) => method === 'GET' && url.includes('/blobs/sha256');
  const layer = () => image.manifest.layers[0] ?? image.manifest.config;
  const layerIsRight = async () => {
    const bytes = await collect(client.blob(name, layer()));
    expect(bytes.equals(image.blobs.get(layer().digest) ?? Buffer.alloc(0))).toBe(true);
  };

  test.each<[string, Fault]>([
    ['a reset', { kind: 'reset' }],
    ['silence', { kind: 'stall' }],
    ['a 500', { kind: 'answer', status: 500 }],
    ['a 503', { kind: 'answer', status: 503, headers: { 'retry-after': '0' } }],
    ['a reset in the middle', { kind: 'cut', after: 1_000_000 }],
    ['silence in the middle', { kind: 'stall-body', after: 1_000_000 }],
    ['an end in the middle', { kind: 'end', after: 1_000_000 }],
  ])('a pull survives %s', async (_, fault) => {
    proxy.fault = failing(2, blobs, fault);
    await layerIsRight();
    if ('after' in fault) {
      const ranges = proxy.seen.filter(blobs).map(({ headers }) => headers.range);
      expect(ranges[0]).toBeUndefined();
      expect(ranges[1]).toMatch(/^bytes=[1-9]\d*-/);
    }
  });

  test.each<[string, Fault]>([
    ['a reset', { kind: 'reset' }],
    ['a reset in the middle', { kind: 'cut', after: 100 }],
    ['a 502', { kind: 'answer', status: 502, body: '<html>bad gateway</html>' }],
  ])('a manifest survives %s', async (_, fault) => {
    proxy.fault = failing(2, ({ url }) => url.includes('/manifests/'), fault);
    expect((await client.manifest(name)).descriptor).toEqual(image.root);
  });

  test('a server without ranges is read again up to where the line broke', async () => {
    let first = true;
    proxy.fault = (request) => {
      if (!blobs(request)) return undefined;
      delete request.headers.range;
      const fault: Fault | undefined = first ? { kind: 'cut', after: 1_000_000 } : undefined;
      first = false;
      return fault;
    };
    await layerIsRight();
  });

  test.each<[string, Fault, RegExp]>([
    ['a length that is too long', { kind: 'headers', set: { 'content-length': '4000000' } }, /has 4000000 bytes for it/],
    ['a length that is too short', { kind: 'headers', set: { 'content-length': '1000' } }, /has 1000 bytes for it/],
    ['more than was promised', { kind: 'body', change: (body) => Buffer.concat([body, Buffer.from('x')]) }, /more than the/],
    ['other bytes', { kind: 'body', change: (body) => Buffer.from(body).fill(0, 0, 10) }, /is not what its digest promises/],
  ])('a pull refuses %s', async (_, fault, message) => {
    proxy.fault = failing(100, blobs, fault);
    await expect(collect(client.blob(name, layer()))).rejects.toMatchObject({ code: 'digest-mismatch', message: expect.stringMatching(message) as string });
  });

  test('a line that never gets better is given up in words', async () => {
    proxy.fault = () => ({ kind: 'reset' });
    await expect(client.manifest(name)).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining(proxy.host) as string });
    proxy.calm();
    proxy.fault = failing(100, blobs, { kind: 'stall' });
    const impatient = new RegistryClient({ credentials: anonymous, limits: { retries: 1, retryDelay: 1, silence: 100 } });
    await expect(collect(impatient.blob(name, layer()))).rejects.toThrow(/fell silent/);
    await impatient.close();
  });

  test('a slow blob is no silent one', async () => {
    const drip = async function* (offset: number) {
      const bytes = image.blobs.get(layer().digest) ?? Buffer.alloc(0);
      for (let at = offset; at < bytes.byteLength; at += 600_000) {
        await new Promise((resolve) => setTimeout(resolve, 250));
        yield bytes.subarray(at, at + 600_000);
      }
    };
    await client.putBlob(`${proxy.host}/slow`, layer(), drip);
    expect(proxy.seen.filter(({ method }) => method === 'PATCH')).toHaveLength(1);
  });

  test('Retry-After is waited for, and told where it is too long', async () => {
    proxy.fault = failing(1, ({ url }) => url.includes('/manifests/'), { kind: 'answer', status: 429, headers: { 'retry-after': '1' } });
    const before = Date.now();
    await client.manifest(name);
    expect(Date.now() - before).toBeGreaterThan(950);
    proxy.fault = failing(1, ({ url }) => url.includes('/manifests/'), {
      kind: 'answer',
      status: 429,
      headers: { 'retry-after': '3600' },
      body: JSON.stringify({ errors: [{ code: 'TOOMANYREQUESTS', message: 'You have reached your pull rate limit' }] }),
    });
    await expect(client.manifest(name)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('You have reached your pull rate limit') as string,
      hint: expect.stringContaining('3600 seconds') as string,
    });
  });

  test.each<[string, number, SeenRequest['method'], Fault]>([
    ['a reset before the upload', 1, 'POST', { kind: 'reset' }],
    ['a reset in the upload', 1, 'PATCH', { kind: 'cut-request', after: 1_000_000 }],
    ['a lost answer to the upload', 1, 'PATCH', { kind: 'lose' }],
    ['a reset at the end', 1, 'PUT', { kind: 'reset' }],
    ['a lost answer at the end', 1, 'PUT', { kind: 'lose' }],
    ['a 500 to the upload', 2, 'PATCH', { kind: 'answer', status: 500 }],
    ['a 429 to the upload', 2, 'PATCH', { kind: 'answer', status: 429, headers: { 'retry-after': '0' } }],
  ])('a push survives %s', async (_, times, method, fault) => {
    const other = makeImage({ layers: [3_000_000] });
    proxy.fault = failing(times, (request) => request.method === method, fault);
    await pushTo(registrySink(client, `${proxy.host}/pushed:1`), other);
    proxy.calm();
    const found = await pullFrom(registrySource(client, `${proxy.host}/pushed:1`));
    for (const [digest, bytes] of other.blobs) expect(found.get(digest)?.equals(bytes)).toBe(true);
  });

  test('a 401 without a challenge is told, not tried for ever', async () => {
    proxy.fault = () => ({ kind: 'answer', status: 401, body: JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'go away' }] }) });
    await expect(client.manifest(name)).rejects.toMatchObject({ code: 'unauthorized', message: expect.stringContaining('go away') as string });
    expect(proxy.seen.length).toBeLessThan(4);
  });
});

describe('redirects', () => {
  let storage: FaultProxy;
  let front: FaultProxy;
  beforeEach(async () => {
    storage = await FaultProxy.before('127.0.0.1:1');
    front = await FaultProxy.before('127.0.0.1:1');
  });
  afterEach(async () => {
    await storage[Symbol.asyncDispose]();
    await front[Symbol.asyncDispose]();
  });

  const wants = ({ headers }: SeenRequest): Fault | undefined =>
    headers.authorization === undefined ? { kind: 'answer', status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } } : undefined;

  test('take the bytes from elsewhere and the credentials nowhere', async () => {
    const image = makeImage();
    const [layer] = image.manifest.layers;
    if (!layer) throw new Error('no layer');
    front.fault = (request) => wants(request) ?? { kind: 'answer', status: 307, headers: { location: `http://user:secret@${storage.host}/store?X-Signature=abc` } };
    storage.fault = () => ({ kind: 'answer', status: 404, body: 'no such object' });
    await using client = new RegistryClient({ credentials: staticCredentials({ [front.host]: { username: 'ada', password: 'secret' } }) });
    const error = await collect(client.blob(`${front.host}/app`, layer)).catch((reason: unknown) => reason);
    expect(front.seen.at(-1)?.headers.authorization).toBeDefined();
    expect(storage.seen).toHaveLength(1);
    expect(storage.seen[0]?.headers.authorization).toBeUndefined();
    if (!isCaissonError(error)) throw new Error('no error');
    const told = inspect(error, { depth: 10 });
    expect(told).toContain('no such object');
    for (const secret of ['secret', 'X-Signature', 'YWRhOnNlY3JldA']) expect(told).not.toContain(secret);
  });

  test('without end are given up', async () => {
    front.fault = ({ url }) => ({ kind: 'answer', status: url === '/v2/' ? 200 : 302, headers: { location: `http://${front.host}/v2/app/manifests/1` } });
    await using client = new RegistryClient({ credentials: anonymous });
    await expect(client.manifest(`${front.host}/app:1`)).rejects.toThrow(/redirects without end/);
  });

  test('to something else than http are not followed', async () => {
    front.fault = ({ url }) => ({ kind: 'answer', status: url === '/v2/' ? 200 : 307, headers: { location: 'file:///etc/passwd' } });
    await using client = new RegistryClient({ credentials: anonymous });
    await expect(client.manifest(`${front.host}/app:1`)).rejects.toMatchObject({ code: 'denied' });
  });

  test('an upload that goes on at another host goes there without credentials', async () => {
    const image = makeImage();
    const [layer] = image.manifest.layers;
    if (!layer) throw new Error('no layer');
    front.fault = (request) => wants(request) ?? { kind: 'answer', status: 202, headers: { location: `http://${storage.host}/upload/1` } };
    storage.fault = () => ({ kind: 'answer', status: 201 });
    await using client = new RegistryClient({ credentials: staticCredentials({ [front.host]: { username: 'ada', password: 'secret' } }) });
    await client.putBlob(`${front.host}/app`, layer, (offset) => bytesFrom(image.blobs.get(layer.digest) ?? Buffer.alloc(0), offset));
    expect(storage.seen.map(({ method }) => method)).toEqual(['PUT']);
    expect(storage.seen[0]?.headers.authorization).toBeUndefined();
  });
});

test('nobody there is told at once', async () => {
  await using client = new RegistryClient({ credentials: anonymous });
  const before = Date.now();
  await expect(client.manifest('127.0.0.1:1/app:1')).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('nothing answers at 127.0.0.1:1') as string });
  expect(Date.now() - before).toBeLessThan(20_000);
});

test.skipIf(!hasDockerRegistry)('a registry that has answered before may be away for a moment', async () => {
  const registry = await startDockerRegistry();
  const proxy = await FaultProxy.before(registry.host);
  const port = Number(proxy.host.split(':')[1]);
  await using client = new RegistryClient({ credentials: anonymous, limits: { retryDelay: 100 } });
  await client.ping(proxy.host);
  await proxy[Symbol.asyncDispose]();
  const again = (async () => {
    await new Promise((resolve) => setTimeout(resolve, 150));
    return FaultProxy.before(registry.host, port);
  })();
  await client.ping(`127.0.0.1:${port}`);
  await (await again)[Symbol.asyncDispose]();
  await registry.stop();
});
