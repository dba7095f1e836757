import { afterAll, beforeAll, describe, it } from 'vitest';
import { copy } from '@caisson/core';
import { imageSinkSuite, imageSourceSuite, MemoryRegistry, memorySource } from '@caisson/core/testing';
import { anonymous, RegistryClient, registrySink, registrySource } from '../../src/index.js';

let registry: MemoryRegistry;
const client = new RegistryClient({ credentials: anonymous, hosts: {}, limits: { retryDelay: 5 } });
let serial = 0;
beforeAll(async () => {
  registry = await MemoryRegistry.start();
});
afterAll(async () => {
  await client.close();
  await registry.close();
});

describe('a registry as a source of images', () => {
  const suite = imageSourceSuite(async (image) => {
    const name = `${registry.host}/source-${serial++}:1`;
    await copy(memorySource(image), registrySink(client, name), { platforms: 'all' });
    return registrySource(client, name);
  });
  for (const { name, run } of suite) it(name, run);
});

describe('a registry as a sink', () => {
  const suite = imageSinkSuite(async () => {
    const name = `${registry.host}/sink-${serial++}:1`;
    return { sink: registrySink(client, name), again: async () => registrySink(client, name), source: async () => registrySource(client, name) };
  });
  for (const { name, run } of suite) it(name, run);
});
