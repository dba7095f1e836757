import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { documentBytes, mediaTypes, sha256, type Manifest } from '@caisson/core';
import { MemoryRegistry } from '@caisson/core/testing';
import { anonymous, RegistryClient, registrySink } from '../src/index.js';
import { collect, makeImage, makeIndex, type TestImage } from './support/image.js';
import { pushTo } from './support/transfer.js';

let registry: MemoryRegistry;
let client: RegistryClient;
beforeEach(async () => {
  registry = await MemoryRegistry.start({ pageSize: 3 });
  client = new RegistryClient({ credentials: anonymous });
});
afterEach(async () => {
  await client.close();
  await registry.close();
});

const push = async (name: string, image: TestImage = makeImage()) => {
  await pushTo(registrySink(client, `${registry.host}/${name}`), image);
  return image;
};

describe('manifests', () => {
  test('come verified, parsed and with their descriptor', async () => {
    const image = await push('app:1');
    const found = await client.manifest(`${registry.host}/app:1`);
    expect(found.descriptor).toEqual(image.root);
    expect(Buffer.from(found.bytes).equals(image.bytes)).toBe(true);
    expect(found.document).toEqual(image.manifest);
    expect(await client.resolve(`${registry.host}/app:1`)).toEqual(image.root);
    expect(await client.resolve(`${registry.host}/app:2`)).toBeUndefined();
  });

  test('of another content than their digest are refused', async () => {
    const image = await push('app:1');
    const repository = registry.repository('app');
    const entry = repository.manifests.get(image.root.digest);
    if (!entry) throw new Error('not pushed');
    repository.manifests.set(image.root.digest, { ...entry, bytes: documentBytes({ ...image.manifest, annotations: { evil: 'yes' } }) });
    await expect(client.manifest(`${registry.host}/app@${image.root.digest}`)).rejects.toMatchObject({ code: 'digest-mismatch' });
    await expect(client.manifest(`${registry.host}/app:1`)).rejects.toMatchObject({ code: 'digest-mismatch' });
  });

  test('of the old schema 1 are refused in words', async () => {
    await using old = await MemoryRegistry.start({
      intercept: (request, response) => {
        if (!request.url?.includes('/manifests/')) return false;
        response.writeHead(200, { 'content-type': mediaTypes.dockerManifestV1Signed });
        response.end(JSON.stringify({ schemaVersion: 1, name: 'app', tag: '1', fsLayers: [] }));
        return true;
      },
    });
    await expect(client.manifest(`${old.host}/app:1`)).rejects.toThrow(/schema 1/);
  });

  test('of one platform are found through the index', async () => {
    const [amd64, arm64] = [makeImage({ architecture: 'amd64' }), makeImage({ architecture: 'arm64' })];
    await push('app:amd64', amd64);
    await push('app:arm64', arm64);
    const { index, root } = makeIndex([
      { image: amd64, architecture: 'amd64' },
      { image: arm64, architecture: 'arm64' },
    ]);
    expect(await client.putManifest(`${registry.host}/app:all`, index)).toEqual(root);
    const name = `${registry.host}/app:all`;
    expect((await client.manifest(name)).descriptor).toEqual(root);
    expect((await client.manifest(name, { platform: { os: 'linux', architecture: 'arm64' } })).descriptor).toEqual(arm64.root);
    expect((await client.config(name, { platform: { os: 'linux', architecture: 'arm64' } })).architecture).toBe('arm64');
    await expect(client.config(name, { platform: { os: 'linux', architecture: 's390x' } })).rejects.toThrow(/linux\/s390x.*linux\/amd64, linux\/arm64/);
  });

  test('that name missing parts are refused in the registry’s words', async () => {
    const image = makeImage();
    await expect(client.putManifest(`${registry.host}/app:1`, image.manifest)).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('blob unknown to registry: sha256:') as string,
      details: { status: 404, method: 'PUT', url: `http://${registry.host}/v2/app/manifests/1`, errors: [{ code: 'MANIFEST_BLOB_UNKNOWN' }] },
    });
  });

  test('go with their tags, tags alone', async () => {
    const image = await push('app:1');
    await push('app:2', image);
    await client.deleteTag(`${registry.host}/app:2`);
    expect(await client.resolve(`${registry.host}/app:2`)).toBeUndefined();
    expect(await client.resolve(`${registry.host}/app:1`)).toEqual(image.root);
    await client.deleteManifest(`${registry.host}/app:1`);
    await expect(client.manifest(`${registry.host}/app@${image.root.digest}`)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('lists', () => {
  test('of tags go over all pages', async () => {
    const image = makeImage();
    const tags = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    for (const tag of tags) await push(`app:${tag}`, image);
    expect(await Array.fromAsync(client.tags(`${registry.host}/app`))).toEqual(tags);
    expect(registry.requests.filter(({ url }) => url.includes('tags/list'))).toHaveLength(3);
    expect(await Array.fromAsync(client.tags(`${registry.host}/app`, { pageSize: 1 }))).toEqual(tags);
  });

  test('of repositories go over all pages', async () => {
    for (const name of ['a', 'b', 'c/d', 'e']) await push(`${name}:1`);
    expect(await Array.fromAsync(client.catalog(registry.host))).toEqual(['a', 'b', 'c/d', 'e']);
  });

  test('that go round in a circle end in an error', async () => {
    await using circle = await MemoryRegistry.start({
      intercept: (_, response) => {
        response.writeHead(200, { link: '</v2/app/tags/list?last=a>; rel="next"' }).end('{"tags":["a"]}');
        return true;
      },
    });
    await expect(Array.fromAsync(client.tags(`${circle.host}/app`))).rejects.toThrow(/circle/);
  });
});

describe('blobs', () => {
  test('can be pushed, found, read whole or in part, and deleted', async () => {
    const name = `${registry.host}/files`;
    const content = Buffer.from('some content of some length');
    const blob = await client.pushBlob(name, content, { mediaType: 'text/plain' });
    expect(blob).toEqual({ mediaType: 'text/plain', digest: sha256(content), size: content.byteLength });
    expect(await client.blobSize(name, blob.digest)).toBe(content.byteLength);
    expect((await collect(client.blob(name, blob.digest))).toString()).toBe(content.toString());
    expect((await collect(client.blob(name, blob, { offset: 5 }))).toString()).toBe('content of some length');
    expect((await collect(client.blob(name, blob, { offset: 5, length: 7 }))).toString()).toBe('content');
    await client.deleteBlob(name, blob.digest);
    expect(await client.blobSize(name, blob.digest)).toBeUndefined();
  });

  test('give their last piece only when they are right', async () => {
    const name = `${registry.host}/files`;
    const blob = await client.pushBlob(name, 'right');
    registry.repository('files').blobs.set(blob.digest, Buffer.from('wrong'));
    let got = '';
    const reading = async () => {
      for await (const chunk of client.blob(name, blob)) got += Buffer.from(chunk).toString();
    };
    await expect(reading()).rejects.toMatchObject({ code: 'digest-mismatch' });
    expect(got).toBe('');
    await expect(client.read(name, blob)).rejects.toMatchObject({ code: 'digest-mismatch' });
  });

  test('of another size than promised are refused before their bytes come', async () => {
    const blob = await client.pushBlob(`${registry.host}/files`, 'right');
    await expect(collect(client.blob(`${registry.host}/files`, { ...blob, size: 4 }))).rejects.toThrow(/5 bytes for it, not the 4/);
  });

  test('above the limit are not read into memory', async () => {
    const blob = await client.pushBlob(`${registry.host}/files`, Buffer.alloc(100_000));
    await expect(client.read(`${registry.host}/files`, blob, { maxBytes: 99_999 })).rejects.toMatchObject({ code: 'limit-exceeded' });
  });
});

describe.each([true, false])('referrers, with the API: %s', (referrers) => {
  test('are found, filtered, and forgotten when deleted', async () => {
    await using other = await MemoryRegistry.start({ referrers });
    const name = `${other.host}/app:1`;
    const image = makeImage();
    await pushTo(registrySink(client, name), image);
    const empty = await client.pushBlob(name, '{}', { mediaType: mediaTypes.empty });
    const artifact = async (artifactType: string, content: string): Promise<Manifest> => ({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType,
      config: empty,
      layers: [await client.pushBlob(name, content, { mediaType: 'application/spdx+json' })],
      subject: image.root,
      annotations: { made: 'here' },
    });
    const sbom = await client.putManifest(`${other.host}/app`, await artifact('example/sbom', 'a'));
    const signature = await client.putManifest(`${other.host}/app`, await artifact('example/signature', 'b'));
    const found = await client.referrers(name);
    expect(found.map(({ digest }) => digest).sort()).toEqual([sbom.digest, signature.digest].sort());
    const [only] = await client.referrers(name, { artifactType: 'example/sbom' });
    expect(only).toEqual({ ...sbom, artifactType: 'example/sbom', annotations: { made: 'here' } });
    await client.deleteManifest(`${other.host}/app@${sbom.digest}`);
    expect((await client.referrers(name)).map(({ digest }) => digest)).toEqual([signature.digest]);
    await client.deleteManifest(`${other.host}/app@${signature.digest}`);
    expect(await client.referrers(name)).toEqual([]);
  });
});

describe('copy', () => {
  test('within a registry mounts and sends nothing', async () => {
    const image = await push('from:1', makeImage({ layers: [1000, 2_000_000] }));
    registry.requests.length = 0;
    await client.copy(`${registry.host}/from:1`, `${registry.host}/to:2`);
    expect((await client.manifest(`${registry.host}/to:2`)).descriptor).toEqual(image.root);
    expect(registry.requests.filter(({ method, url }) => method === 'POST' && url.includes('mount='))).toHaveLength(3);
    expect(registry.requests.filter(({ method, url }) => method === 'PATCH' || (method === 'GET' && url.includes('/blobs/')))).toEqual([]);
  });

  test('between registries takes all platforms along', async () => {
    await using other = await MemoryRegistry.start();
    const images = [makeImage({ architecture: 'amd64' }), makeImage({ architecture: 'arm64' })] as const;
    await push('app:amd64', images[0]);
    await push('app:arm64', images[1]);
    const { index, root } = makeIndex([
      { image: images[0], architecture: 'amd64' },
      { image: images[1], architecture: 'arm64' },
    ]);
    await client.putManifest(`${registry.host}/app:all`, index);
    expect((await client.copy(`${registry.host}/app:all`, `${other.host}/mirror/app:all`)).digest).toBe(root.digest);
    const copied = other.repository('mirror/app');
    for (const { blobs, root: child } of images) {
      expect(copied.manifests.has(child.digest)).toBe(true);
      for (const digest of blobs.keys()) expect(copied.blobs.has(digest)).toBe(true);
    }
  });
});

test('names and hosts that are none are refused before anything is asked', async () => {
  await expect(client.manifest(`${registry.host}/UPPER`)).rejects.toMatchObject({ code: 'invalid-argument' });
  await expect(client.manifest({ domain: registry.host, path: '../other', tag: '1' })).rejects.toMatchObject({ code: 'invalid-argument' });
  await expect(client.ping('not a host/at all')).rejects.toMatchObject({ code: 'invalid-argument' });
  expect(registry.requests).toEqual([]);
});

test('a cancelled call says so', async () => {
  await using silent = await MemoryRegistry.start({ intercept: () => new Promise<boolean>(() => {}) });
  await expect(client.manifest(`${silent.host}/app:1`, { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({ code: 'cancelled' });
});
