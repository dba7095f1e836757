import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { copy, LayoutStore, type ContentStore, type ImageSink } from '@caisson/core';
import { MemoryRegistry } from '@caisson/core/testing';
import { anonymous, RegistryClient, registrySink, registrySource } from '../../src/index.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { makeImage } from '../support/image.js';
import { pushTo } from '../support/transfer.js';

let registry: MemoryRegistry;
let proxy: FaultProxy;
let folder: string;
beforeEach(async () => {
  registry = await MemoryRegistry.start();
  proxy = await FaultProxy.before(registry.host);
  folder = mkdtempSync(join(tmpdir(), 'caisson-store-'));
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  await registry.close();
  rmSync(folder, { recursive: true });
});

/** Core's way of taking a blob into a store, without the names. */
function sinkOf(content: ContentStore): ImageSink {
  const put: ImageSink['putBlob'] = async (descriptor, open) => {
    await using writer = await content.writer({ ref: descriptor.digest, expected: descriptor });
    for await (const chunk of open(writer.offset)) await writer.write(chunk);
    await writer.commit();
  };
  return {
    name: 'a store',
    has: async ({ digest }) => (await content.stat(digest)) !== undefined,
    putBlob: put,
    putManifest: (descriptor, bytes) =>
      put(
        descriptor,
        async function* () {
          yield await Promise.resolve(bytes);
        },
        {},
      ),
    finish: () => Promise.resolve(),
  };
}

test('a pull that broke off goes on where it was, in the next process', async () => {
  const image = makeImage({ layers: [6_000_000] });
  const name = `${proxy.host}/app:1`;
  await using client = new RegistryClient({ credentials: anonymous });
  await pushTo(registrySink(client, name), image);
  const isLayer = (url: string) => url.endsWith(image.manifest.layers[0]?.digest ?? 'none');
  proxy.fault = ({ method, url }) => (method === 'GET' && isLayer(url) ? { kind: 'cut', after: 4_000_000 } : undefined);

  await using impatient = new RegistryClient({ credentials: anonymous, limits: { retries: 0 } });
  await expect(copy(registrySource(impatient, name), sinkOf(new LayoutStore(folder)))).rejects.toMatchObject({ code: 'unavailable' });
  proxy.calm();
  const store = new LayoutStore(folder);
  await copy(registrySource(client, name), sinkOf(store));

  const again = proxy.seen.filter(({ method, url }) => method === 'GET' && isLayer(url));
  expect(again).toHaveLength(1);
  expect(Number(/^bytes=(\d+)-/.exec(again[0]?.headers.range ?? '')?.[1])).toBeGreaterThan(1_000_000);
  for (const digest of [image.root.digest, ...image.blobs.keys()]) expect(await store.stat(digest)).toBeDefined();
});

test('a layer of other bytes is refused and not kept', async () => {
  const image = makeImage({ layers: [1_000_000] });
  const name = `${proxy.host}/app:1`;
  await using client = new RegistryClient({ credentials: anonymous });
  await pushTo(registrySink(client, name), image);
  const [layer] = image.manifest.layers;
  if (!layer) throw new Error('no layer');
  registry.repository('app').blobs.set(layer.digest, Buffer.alloc(layer.size));
  const store = new LayoutStore(folder);
  await expect(copy(registrySource(client, name), sinkOf(store))).rejects.toMatchObject({ code: 'digest-mismatch', message: expect.stringContaining(layer.digest) as string });
  expect(await store.stat(layer.digest)).toBeUndefined();
  expect(await store.stat(image.root.digest)).toBeUndefined();
  registry.repository('app').blobs.set(layer.digest, image.blobs.get(layer.digest) ?? Buffer.alloc(0));
  await copy(registrySource(client, name), sinkOf(store));
  expect(await store.stat(image.root.digest)).toBeDefined();
});
