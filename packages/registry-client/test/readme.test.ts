import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MemoryRegistry } from '@caisson/core/testing';
import { CredentialStore, login, logout, RegistryClient, registrySink, staticCredentials } from '../src/index.js';
import { makeImage, makeIndex } from './support/image.js';
import { pushTo } from './support/transfer.js';

// Each test is the README's example of the same heading, against registries of the test's own.

let hub: MemoryRegistry;
let home: string;
let env: Record<string, string>;
const images = [makeImage({ architecture: 'amd64' }), makeImage({ architecture: 'arm64' })] as const;
beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'caisson-readme-'));
  env = { HOME: home };
  hub = await MemoryRegistry.start();
  await using client = new RegistryClient({ env });
  for (const image of images) await pushTo(registrySink(client, `${hub.host}/library/alpine:${image.root.digest.slice(7, 17)}`), image);
  const parts = images.map((image, n) => ({ image, architecture: n === 0 ? 'amd64' : 'arm64' }));
  await client.putManifest(`${hub.host}/library/alpine:3`, makeIndex(parts).index);
});
afterAll(async () => {
  await hub.close();
  rmSync(home, { recursive: true });
});

test('the first example, with docker.io by way of a mirror', async () => {
  const registry = new RegistryClient({ env, hosts: { 'docker.io': { mirrors: [hub.host] } } });
  const { descriptor, document } = await registry.manifest('alpine:3');
  expect(document.mediaType).toBe(descriptor.mediaType);
  const config = await registry.config('alpine:3', { platform: { os: 'linux', architecture: 'arm64' } });
  expect(config.config?.Cmd).toEqual(['/bin/true']);
  await using local = await MemoryRegistry.start();
  await registry.copy('alpine:3', `${local.host}/mirror/alpine:3`);
  expect(await Array.fromAsync(registry.tags(`${local.host}/mirror/alpine`))).toEqual(['3']);
  await registry.close();
});

test('reading', async () => {
  await using registry = new RegistryClient({ env });
  const name = `${hub.host}/library/alpine`;
  const image = await registry.manifest(`${name}:3`, { platform: { os: 'linux', architecture: 'amd64' } });
  let size = 0;
  for (const layer of image.document.layers) for await (const chunk of registry.blob(name, layer)) size += chunk.byteLength;
  expect(size).toBe(image.document.layers.reduce((sum, layer) => sum + layer.size, 0));
  expect((await registry.resolve(`${name}@${image.descriptor.digest}`))?.digest).toBe(images[0].root.digest);
});

test('writing any artifact', async () => {
  await using registry = new RegistryClient({ env });
  const name = `${hub.host}/library/alpine:3`;
  const file = join(home, 'sbom.json');
  writeFileSync(file, '{"spdxVersion":"SPDX-2.3"}');
  const config = await registry.pushBlob(name, '{}', { mediaType: 'application/vnd.oci.empty.v1+json' });
  const layer = await registry.pushBlob(name, createReadStream(file), { mediaType: 'application/spdx+json' });
  const subject = (await registry.manifest(name)).descriptor;
  const manifest = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', artifactType: 'application/spdx+json' } as const;
  const pushed = await registry.putManifest(`${hub.host}/library/alpine`, { ...manifest, config, layers: [layer], subject });
  const sboms = await registry.referrers(name, { artifactType: 'application/spdx+json' });
  expect(sboms.map(({ digest }) => digest)).toEqual([pushed.digest]);
});

test('login', async () => {
  const user = { username: 'ada', password: 'a token' };
  await using locked = await MemoryRegistry.start({ login: user });
  const store = new CredentialStore({ env });
  await expect(login(locked.host, { ...user, password: 'wrong' }, { store })).rejects.toMatchObject({ code: 'unauthorized' });
  await login(locked.host, user, { store });
  await using registry = new RegistryClient({ env });
  await registry.ping(locked.host);
  expect(await logout(locked.host, { store })).toBe(true);
  await using after = new RegistryClient({ env });
  await expect(after.ping(locked.host)).rejects.toMatchObject({ code: 'unauthorized' });
  await using known = new RegistryClient({ credentials: staticCredentials({ [locked.host]: user }) });
  await known.ping(locked.host);
});
