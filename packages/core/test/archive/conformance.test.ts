import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, it } from 'vitest';
import { copy, digestHex, familiarReference, ImageArchive, isIndex, layoutSink, layoutSource, LayoutStore, openArchive, parseManifest, parseReference, type ImageSource, type Manifest } from '../../src/index.js';
import { imageSinkSuite, imageSourceSuite, memorySource, type Case, type MemoryImage } from '../../src/testing/index.js';
import { tar } from '../layers/helpers.js';

const root = mkdtempSync(join(tmpdir(), 'caisson-archive-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let serial = 0;
const folder = () => join(root, String(serial++));
const name = parseReference('example.org/app:1');

async function opened(bytes: Iterable<Uint8Array>): Promise<ImageSource> {
  const [image] = await openArchive(fromMemory(bytes), { content: new LayoutStore(folder()), name: 'the archive' });
  if (!image) throw new Error('there is no image in the archive');
  return image.source;
}

async function* fromMemory(pieces: Iterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  for (const piece of pieces) yield await Promise.resolve(piece);
}

/** As docker wrote them before version 25: no layout beside, layers in folders of their own. */
function dockerArchive({ blobs, root: { digest } }: MemoryImage): Buffer {
  const document = parseManifest(blobs.get(digest) ?? new Uint8Array());
  if (isIndex(document)) throw new Error('a docker-archive has no indexes');
  const manifest: Manifest = document;
  const data = (part: Manifest['config']) => Buffer.from(blobs.get(part.digest) ?? []);
  const config = `${digestHex(manifest.config.digest)}.json`;
  const layers = manifest.layers.map((_, place) => `layer-${place}/layer.tar`);
  return tar([
    ...manifest.layers.map((layer, place) => ({ path: layers[place] ?? '', content: data(layer) })),
    { path: config, content: data(manifest.config) },
    { path: 'manifest.json', content: Buffer.from(JSON.stringify([{ Config: config, RepoTags: [familiarReference(name)], Layers: layers }])) },
  ]);
}

const all = (cases: readonly Case[]) => {
  for (const { name: title, run } of cases) it(title, run);
};

describe('a docker-archive as a source', () => {
  all(imageSourceSuite((image) => opened([dockerArchive(image)]), { indexes: false }));
});

describe('a layout tar as a source', () => {
  all(
    imageSourceSuite(async (image) => {
      const pieces: Uint8Array[] = [];
      const archive = new ImageArchive(async (piece) => void pieces.push(piece));
      await copy(memorySource(image), archive.sink([name]), { platforms: 'all' });
      await archive.finish();
      return opened(pieces);
    }),
  );
});

describe('an archive as a sink', () => {
  all(
    imageSinkSuite(async () => {
      const pieces: Uint8Array[] = [];
      const archive = new ImageArchive(async (piece) => void pieces.push(piece));
      const open = async () => archive.sink([name]);
      return {
        sink: await open(),
        again: open,
        onePass: true,
        source: async () => {
          await archive.finish();
          return opened(pieces);
        },
      };
    }),
  );
});

describe('a layout folder as a source', () => {
  all(
    imageSourceSuite(async (image) => {
      const place = folder();
      await copy(memorySource(image), layoutSink(place, '1'), { platforms: 'all' });
      return layoutSource(place, '1');
    }),
  );
});

describe('a layout folder as a sink', () => {
  all(
    imageSinkSuite(async () => {
      const place = folder();
      return { sink: layoutSink(place, '1'), again: async () => layoutSink(place, '1'), source: async () => layoutSource(place, '1') };
    }),
  );
});
