import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { contentSink, copy, documentBytes, ImageArchive, LayoutStore, mediaTypes, openArchive, sha256, storeSource, type Descriptor, type Manifest } from '../../src/index.js';

const root = mkdtempSync(join(tmpdir(), 'caisson-foreign-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const foreign: Descriptor = { mediaType: mediaTypes.dockerForeignLayer, digest: sha256('elsewhere'), size: 9, urls: ['https://windows.example/layer'] };

async function imageIn(content: LayoutStore, layers: readonly Descriptor[]): Promise<Descriptor> {
  const put = async (mediaType: string, bytes: Uint8Array): Promise<Descriptor> => {
    const descriptor = { mediaType, digest: sha256(bytes), size: bytes.byteLength };
    await contentSink(content, 'the store').putManifest(descriptor, bytes, { root: false });
    return descriptor;
  };
  const config = await put(mediaTypes.config, Buffer.from(JSON.stringify({ os: 'windows', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) } })));
  const manifest: Manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config, layers };
  return put(mediaTypes.manifest, documentBytes(manifest));
}

it('foreign layers that are not here go through archives as what they are', async () => {
  const content = new LayoutStore(join(root, 'one'));
  const target = await imageIn(content, [foreign]);
  const pieces: Uint8Array[] = [];
  const archive = new ImageArchive(async (piece) => void pieces.push(piece));
  await copy(storeSource(content, target, 'the store'), archive.sink([]), { platforms: 'all' });
  await archive.finish();
  const other = new LayoutStore(join(root, 'two'));
  const [image] = await openArchive(
    (async function* () {
      for (const piece of pieces) yield await Promise.resolve(piece);
    })(),
    { content: other, name: 'the archive' },
  );
  if (!image) throw new Error('there is no image in the archive');
  expect((await copy(image.source, contentSink(other, 'the store'), { platforms: 'all' })).digest).toBe(target.digest);
  expect(await other.stat(foreign.digest)).toBeUndefined();
});

it('a layer that is missing and is nowhere else is told of, and ends the copy', async () => {
  const content = new LayoutStore(join(root, 'three'));
  const { urls: _, ...lost } = foreign;
  const target = await imageIn(content, [{ ...lost, mediaType: mediaTypes.layerGzip }]);
  const archive = new ImageArchive(async () => {});
  await expect(copy(storeSource(content, target, 'the store'), archive.sink([]), { platforms: 'all' })).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining(foreign.digest) as string });
});
