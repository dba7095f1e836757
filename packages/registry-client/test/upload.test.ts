import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sha256, type Digest } from '@caisson/core';
import { MemoryRegistry } from '@caisson/core/testing';
import { anonymous, RegistryClient, registrySink, type UploadSessions } from '../src/index.js';
import { FaultProxy } from './support/fault-proxy.js';
import { bytesFrom } from './support/image.js';

const content = randomBytes(5_000_000);
const blob = { mediaType: 'application/octet-stream', digest: sha256(content), size: content.byteLength };

let registry: MemoryRegistry;
let proxy: FaultProxy;
let client: RegistryClient;
let name: string;
beforeEach(async () => {
  registry = await MemoryRegistry.start();
  proxy = await FaultProxy.before(registry.host);
  client = new RegistryClient({ credentials: anonymous, limits: { retryDelay: 5 } });
  name = `${proxy.host}/app`;
});
afterEach(async () => {
  await client.close();
  await proxy[Symbol.asyncDispose]();
  await registry.close();
});

const kept = (digest: Digest) => {
  const bytes = registry.repository('app').blobs.get(digest);
  return bytes && Buffer.from(bytes);
};
const stored = () => kept(blob.digest);
const patches = () => registry.requests.filter(({ method }) => method === 'PATCH');

/** Notes the offsets that the content is asked for from. */
function opener() {
  const offsets: number[] = [];
  return {
    offsets,
    open: (offset: number) => {
      offsets.push(offset);
      return bytesFrom(content, offset);
    },
  };
}

test('a small blob takes two requests', async () => {
  await client.ping(proxy.host);
  registry.requests.length = 0;
  await client.pushBlob(name, 'small');
  expect(registry.requests.map(({ method }) => method)).toEqual(['HEAD', 'POST', 'PUT']);
});

test('an empty blob is one too', async () => {
  const empty = await client.pushBlob(name, '');
  expect(empty.size).toBe(0);
  expect(registry.repository('app').blobs.has(empty.digest)).toBe(true);
});

test('a large blob goes in one PATCH, and tells how far it is', async () => {
  const counts: number[] = [];
  await client.putBlob(name, blob, (offset) => bytesFrom(content, offset), { onBytes: (count) => counts.push(count) });
  expect(patches()).toHaveLength(1);
  expect(stored()?.equals(content)).toBe(true);
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  expect(counts.at(-1)).toBe(content.byteLength);
});

test('in chunks, the content is read once', async () => {
  const { offsets, open } = opener();
  await client.putBlob(name, blob, open, { chunkSize: 1_500_000 });
  expect(patches()).toHaveLength(4);
  expect(offsets).toEqual([0]);
  expect(stored()?.equals(content)).toBe(true);
});

test('goes on where a broken connection left the registry', async () => {
  let cut = false;
  proxy.fault = ({ method }) => (method === 'PATCH' && !cut ? ((cut = true), { kind: 'cut-request', after: 2_000_000 }) : undefined);
  const { offsets, open } = opener();
  await client.putBlob(name, blob, open);
  expect(offsets).toHaveLength(2);
  expect(offsets[1]).toBeGreaterThan(1_000_000);
  expect(stored()?.equals(content)).toBe(true);
});

test('a lost answer to the last PUT is found out, and nothing sent twice', async () => {
  proxy.fault = ({ method }, count) => (method === 'PUT' && count < 10 ? { kind: 'lose' } : undefined);
  const { offsets, open } = opener();
  await client.putBlob(name, blob, open);
  expect(offsets).toEqual([0]);
  expect(patches()).toHaveLength(1);
  expect(stored()?.equals(content)).toBe(true);
});

test('begins anew when the registry has lost the upload', async () => {
  let lost = false;
  proxy.fault = ({ method }) => {
    if (method !== 'PATCH' || lost) return undefined;
    lost = true;
    registry.repository('app').uploads.clear();
    return { kind: 'reset' };
  };
  await client.putBlob(name, blob, (offset) => bytesFrom(content, offset));
  expect(stored()?.equals(content)).toBe(true);
});

test('another process goes on with it', async () => {
  const known = new Map<string, string>();
  const sessions: UploadSessions = {
    get: (key) => Promise.resolve(known.get(key)),
    set: (key, location) => Promise.resolve(void known.set(key, location)),
    delete: (key) => Promise.resolve(void known.delete(key)),
  };
  proxy.fault = ({ method }) => (method === 'PATCH' ? { kind: 'cut-request', after: 3_000_000 } : undefined);
  const impatient = new RegistryClient({ credentials: anonymous, limits: { retries: 0 } });
  const first = registrySink(impatient, name, { sessions });
  await expect(first.putBlob(blob, (offset) => bytesFrom(content, offset), {})).rejects.toMatchObject({ code: 'unavailable' });
  expect(known.size).toBe(1);
  proxy.calm();
  const { offsets, open } = opener();
  await registrySink(client, name, { sessions }).putBlob(blob, open, {});
  expect(offsets).toHaveLength(1);
  expect(offsets[0]).toBeGreaterThan(1_000_000);
  expect(stored()?.equals(content)).toBe(true);
  expect(known.size).toBe(0);
  await impatient.close();
});

test('what is refused as too large goes in smaller pieces', async () => {
  const large = Buffer.alloc(70 * 1024 * 1024, 'x');
  const { digest, size } = { digest: sha256(large), size: large.byteLength };
  proxy.fault = ({ method, headers }) =>
    method === 'PATCH' && Number(headers['content-length']) > 40 * 1024 * 1024 ? { kind: 'answer', status: 413, body: 'too large' } : undefined;
  await client.putBlob(name, { digest, size }, (offset) => bytesFrom(large, offset, 1_000_000));
  expect(kept(digest)?.equals(large)).toBe(true);
  expect(patches()).toHaveLength(3);
});

test('a stream of unknown length is hashed on its way', async () => {
  const pushed = await client.pushBlob(name, bytesFrom(content));
  expect(pushed).toMatchObject({ digest: blob.digest, size: blob.size });
  expect(stored()?.equals(content)).toBe(true);
});

test.each([
  ['wrong', Buffer.concat([content.subarray(1), Buffer.from('x')])],
  ['too short', content.subarray(1)],
  ['too long', Buffer.concat([content, Buffer.from('x')])],
])('content that is %s is refused, and nothing of it kept', async (_, other) => {
  await expect(client.putBlob(name, blob, (offset) => bytesFrom(other, offset))).rejects.toMatchObject({ code: 'digest-mismatch' });
  expect(stored()).toBeUndefined();
  expect(registry.repository('app').uploads.size).toBe(0);
});

test('an error of the content’s own source is told as it is, at once', async () => {
  const broken = () =>
    (async function* () {
      yield await Promise.resolve(content.subarray(0, 1_200_000));
      throw new Error('the disk is gone');
    })();
  await expect(client.putBlob(name, blob, broken)).rejects.toThrow('the disk is gone');
  expect(patches().length).toBeLessThanOrEqual(1);
});

test('a registry that keeps nothing is given up', async () => {
  proxy.fault = ({ method }) => (method === 'PATCH' ? { kind: 'answer', status: 202, headers: { range: '0-0' } } : undefined);
  await expect(client.putBlob(name, blob, (offset) => bytesFrom(content, offset))).rejects.toThrow(/keeps nothing/);
});

test('mounts are asked for from the same registry only', async () => {
  const sink = registrySink(client, `${proxy.host}/other`);
  registry.repository('app').blobs.set(blob.digest, content);
  await sink.putBlob(blob, () => bytesFrom(content), { mountFrom: { host: 'elsewhere.example', repository: 'app' } });
  expect(registry.requests.some(({ url }) => url.includes('mount='))).toBe(false);
  registry.repository('other').blobs.clear();
  registry.requests.length = 0;
  let last = 0;
  await sink.putBlob(blob, () => bytesFrom(content), { mountFrom: { host: proxy.host, repository: 'app' }, onBytes: (count) => (last = count) });
  expect(registry.requests).toHaveLength(1);
  expect(last).toBe(blob.size);
});
