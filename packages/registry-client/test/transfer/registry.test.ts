import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anonymous, RegistryClient, registrySink, registrySource } from '../../src/index.js';
import { hasDockerRegistry, startDockerRegistry, type DockerRegistry } from '../support/docker-registry.js';
import { makeImage } from '../support/image.js';
import { pullFrom, pushTo } from '../support/transfer.js';

describe.skipIf(!hasDockerRegistry)('an image in docker-registry', () => {
  let registry: DockerRegistry;
  const client = new RegistryClient({ credentials: anonymous });
  beforeAll(async () => {
    registry = await startDockerRegistry();
  });
  afterAll(async () => {
    await client.close();
    await registry.stop();
  });

  test('comes back byte for byte', async () => {
    const image = makeImage({ layers: [10, 3_000_000, 0] });
    const name = `${registry.host}/team/app:1`;
    await pushTo(registrySink(client, name), image);
    const found = await pullFrom(registrySource(client, name));
    expect(found.get(image.root.digest)?.equals(image.bytes)).toBe(true);
    for (const [digest, bytes] of image.blobs) expect(found.get(digest)?.equals(bytes)).toBe(true);
  });

  test('keeps its tag where the registry deletes by digest alone, and the caller is told', async () => {
    const name = `${registry.host}/team/tagged:1`;
    const image = makeImage({ layers: [10] });
    await pushTo(registrySink(client, name), image);
    await expect(client.deleteTag(name)).rejects.toMatchObject({ code: 'unsupported', message: `${registry.host} deletes no tag without its manifest`, details: { status: 400 } });
    expect((await client.resolve(name))?.digest).toBe(image.root.digest);
    await client.deleteManifest(name);
    expect(await client.resolve(name)).toBeUndefined();
  });

  test('is taken by skopeo, and skopeo’s by us', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'caisson-skopeo-'));
    try {
      const image = makeImage({ layers: [100, 2_000_000] });
      await pushTo(registrySink(client, `${registry.host}/ours:1`), image);
      const skopeo = (...args: string[]) => execFileSync('skopeo', args, { encoding: 'utf8', stdio: 'pipe' });
      skopeo('copy', '--src-tls-verify=false', `docker://${registry.host}/ours:1`, `dir:${folder}/image`);
      skopeo('copy', '--dest-tls-verify=false', '--format=v2s2', `dir:${folder}/image`, `docker://${registry.host}/theirs:1`);
      const found = await pullFrom(registrySource(client, `${registry.host}/theirs:1`));
      for (const { digest } of image.manifest.layers) expect(found.get(digest)?.equals(image.blobs.get(digest) ?? Buffer.alloc(0))).toBe(true);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
