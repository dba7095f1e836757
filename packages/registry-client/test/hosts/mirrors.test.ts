import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { MemoryRegistry } from '@caisson/core/testing';
import { anonymous, RegistryClient, registrySink, registrySource } from '../../src/index.js';
import { endpointsOf, isLoopback } from '../../src/hosts/endpoint.js';
import { makeImage, type TestImage } from '../support/image.js';
import { pullFrom, pushTo } from '../support/transfer.js';

let origin: MemoryRegistry;
let mirror: MemoryRegistry;
let image: TestImage;
beforeEach(async () => {
  origin = await MemoryRegistry.start();
  mirror = await MemoryRegistry.start();
  image = makeImage();
  await using client = new RegistryClient({ credentials: anonymous });
  await pushTo(registrySink(client, `${origin.host}/app:1`), image);
  origin.requests.length = 0;
});
afterEach(async () => {
  await origin.close();
  await mirror.close();
});

const withMirror = (location: string) => new RegistryClient({ credentials: anonymous, limits: { retryDelay: 1 }, hosts: { [origin.host]: { mirrors: [location] } } });

test('a mirror that has the image serves all of it, under its prefix', async () => {
  await using plain = new RegistryClient({ credentials: anonymous });
  await pushTo(registrySink(plain, `${mirror.host}/cache/app:1`), image);
  await using client = withMirror(`${mirror.host}/cache`);
  expect((await pullFrom(registrySource(client, `${origin.host}/app:1`))).has(image.root.digest)).toBe(true);
  expect(origin.requests).toEqual([]);
});

test.each(['that lacks the image', 'that is not there'])('a mirror %s is passed over', async (which) => {
  const location = which.includes('lacks') ? mirror.host : '127.0.0.1:1';
  await using client = withMirror(location);
  expect((await pullFrom(registrySource(client, `${origin.host}/app:1`))).has(image.root.digest)).toBe(true);
});

test('a mirror whose manifest or layer is not what it should be is passed over', async () => {
  await using plain = new RegistryClient({ credentials: anonymous });
  await pushTo(registrySink(plain, `${mirror.host}/app:1`), image);
  const spoiled = mirror.repository('app');
  const [layer] = image.manifest.layers;
  const entry = spoiled.manifests.get(image.root.digest);
  if (!layer || !entry) throw new Error('not pushed');
  spoiled.blobs.set(layer.digest, Buffer.from('short'));
  spoiled.manifests.set(image.root.digest, { ...entry, bytes: Buffer.from('{}') });
  await using client = withMirror(mirror.host);
  const found = await pullFrom(registrySource(client, `${origin.host}/app:1`));
  expect(found.get(layer.digest)?.equals(image.blobs.get(layer.digest) ?? Buffer.alloc(0))).toBe(true);
  expect(mirror.requests.some(({ url }) => url.includes('/manifests/1'))).toBe(true);
});

test('a push goes to the registry itself', async () => {
  await using client = withMirror(mirror.host);
  await pushTo(registrySink(client, `${origin.host}/other:1`), makeImage());
  expect(mirror.requests).toEqual([]);
});

test('docker.io is served by registry-1.docker.io, its mirrors first', () => {
  const endpoints = endpointsOf({ domain: 'docker.io', path: 'library/alpine' }, { 'docker.io': { mirrors: ['https://mirror.example/v2/', 'http://10.0.0.1:5000/hub'] } }, 'pull');
  expect(endpoints.map(({ authority, prefix, scheme, host }) => ({ authority, prefix, scheme, host }))).toEqual([
    { authority: 'mirror.example', prefix: '', scheme: 'https', host: 'mirror.example' },
    { authority: '10.0.0.1:5000', prefix: 'hub/', scheme: 'http', host: '10.0.0.1:5000' },
    { authority: 'registry-1.docker.io', prefix: '', scheme: 'https', host: 'docker.io' },
  ]);
});

test.each([
  ['localhost', true],
  ['localhost:5000', true],
  ['127.1.2.3:5000', true],
  ['[::1]:5000', true],
  ['128.0.0.1', false],
  ['localhost.example', false],
  ['127.0.0.1.example', false],
  ['[::2]:5000', false],
])('%s is loopback: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected);
});

test('a registry at an IPv6 address is reached', async () => {
  const port = Number(origin.host.split(':')[1]);
  const { createServer: createTcp } = await import('node:net');
  const relay = createTcp((socket) => {
    const onward = connect(port, '127.0.0.1');
    socket.pipe(onward).pipe(socket);
    for (const end of [socket, onward]) end.on('error', () => {});
  }).listen(0, '::1');
  await once(relay, 'listening');
  await using client = new RegistryClient({ credentials: anonymous });
  const name = `[::1]:${(relay.address() as AddressInfo).port}/app:1`;
  expect((await client.manifest(name)).descriptor).toEqual(image.root);
  await client.close();
  relay.close();
});

test('a proxy out of the environment carries requests to other hosts', async () => {
  const asked: string[] = [];
  const port = Number(origin.host.split(':')[1]);
  const { request } = await import('node:http');
  const proxy = createServer((incoming, response) => {
    asked.push(incoming.url ?? '');
    const path = new URL(incoming.url ?? '/', 'http://x').pathname;
    incoming.pipe(
      request({ host: '127.0.0.1', port, path, method: incoming.method, headers: incoming.headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      }),
    );
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const env = { http_proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  const host = 'registry.example:8080';
  await using client = new RegistryClient({ credentials: anonymous, env, hosts: { [host]: { plainHttp: true } } });
  expect((await client.manifest(`${host}/app:1`)).descriptor).toEqual(image.root);
  expect(asked).toEqual([`http://${host}/v2/app/manifests/1`]);
  await client.close();
  proxy.closeAllConnections();
  proxy.close();
});

test('what is said of a part of a registry is heeded for that part alone', async () => {
  await using plain = new RegistryClient({ credentials: anonymous });
  await pushTo(registrySink(plain, `${mirror.host}/there/app:1`), image);
  await pushTo(registrySink(plain, `${origin.host}/team/app:1`), makeImage());
  await using client = new RegistryClient({ credentials: anonymous, limits: { retryDelay: 1 }, hosts: { [`${origin.host}/team`]: { location: `${mirror.host}/there` } } });
  expect((await client.resolve(`${origin.host}/team/app:1`))?.digest).toBe(image.root.digest);
  expect(await Array.fromAsync(client.tags(`${origin.host}/team/app`))).toEqual(['1']);
  expect((await pullFrom(registrySource(client, `${origin.host}/team/app:1`))).has(image.root.digest)).toBe(true);
  const before = mirror.requests.length;
  expect((await client.resolve(`${origin.host}/app:1`))?.digest).toBe(image.root.digest);
  expect(mirror.requests.length).toBe(before);
});
