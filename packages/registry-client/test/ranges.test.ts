import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sha256 } from '@caisson/core';
import { MemoryRegistry } from '@caisson/core/testing';
import { anonymous, RegistryClient, registrySource } from '../src/index.js';
import { FaultProxy, type Fault } from './support/fault-proxy.js';
import { collect } from './support/image.js';

const content = randomBytes(30 * 1024 * 1024 + 17);
const blob = { mediaType: 'application/octet-stream', digest: sha256(content), size: content.byteLength };

let registry: MemoryRegistry;
let proxy: FaultProxy;
let client: RegistryClient;
beforeEach(async () => {
  registry = await MemoryRegistry.start();
  registry.repository('app').blobs.set(blob.digest, content);
  proxy = await FaultProxy.before(registry.host);
  client = new RegistryClient({ credentials: anonymous, limits: { retryDelay: 5 } });
});
afterEach(async () => {
  await client.close();
  await proxy[Symbol.asyncDispose]();
  await registry.close();
});

const source = () => registrySource(client, `${proxy.host}/app:1`, { ranges: 4 });
const gets = () => registry.requests.filter(({ url }) => url.includes('/blobs/'));

test('a large blob comes in order over several connections', async () => {
  expect((await collect(source().blob(blob))).equals(content)).toBe(true);
  expect(gets()).toHaveLength(8);
  const starts = gets().map(({ range }) => Number(/=(\d+)-/.exec(range ?? '')?.[1]));
  expect(starts.sort((a, b) => a - b)).toEqual(Array.from({ length: 8 }, (_, n) => n * 4 * 1024 * 1024));
});

test('from an offset, too', async () => {
  expect((await collect(source().blob(blob, { offset: 1_000_001 }))).equals(content.subarray(1_000_001))).toBe(true);
});

test('a small rest takes one connection', async () => {
  const offset = content.byteLength - 1_000_000;
  expect((await collect(source().blob(blob, { offset }))).equals(content.subarray(offset))).toBe(true);
  expect(gets()).toHaveLength(1);
});

test('each range survives faults of its own', async () => {
  let faults = 0;
  const cut: Fault = { kind: 'cut', after: 1_000_000 };
  proxy.fault = ({ url }) => (url.includes('/blobs/') && ++faults % 3 === 0 ? cut : undefined);
  expect((await collect(source().blob(blob))).equals(content)).toBe(true);
});

test('a server that heeds no ranges gives it all at once', async () => {
  proxy.fault = (request) => void delete request.headers.range;
  expect((await collect(source().blob(blob))).equals(content)).toBe(true);
  expect(gets()).toHaveLength(2);
});

test('a reader that stops early leaves nothing running', async () => {
  for await (const chunk of source().blob(blob)) {
    expect(chunk.byteLength).toBeGreaterThan(0);
    break;
  }
  const before = gets().length;
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(gets()).toHaveLength(before);
});

test('a blob that is gone is told', async () => {
  registry.repository('app').blobs.clear();
  await expect(collect(source().blob(blob))).rejects.toMatchObject({ code: 'not-found' });
});
