import { randomUUID } from 'node:crypto';
import type { ContentStore } from '../../content/content-store.js';
import type { NewImage } from '../../content/image-store.js';
import { decompress, TarReader } from '../../layers/index.js';
import type { Descriptor } from '../../model/descriptor.js';
import { sha256 } from '../../model/digest.js';
import type { ImageConfig } from '../../model/image-config.js';
import type { Manifest } from '../../model/manifest.js';
import { mediaTypes } from '../../model/media-type.js';
import { documentBytes } from '../../model/parse.js';
import { hostPlatform } from '../../model/platform.js';
import type { ImportOptions } from '../engine.js';

/** Makes an image of one layer from a tar of a root file system, plain or compressed. The caller holds a lease. */
export async function importRootfs(content: ContentStore, rootfs: AsyncIterable<Uint8Array>, { config, message, platform = hostPlatform(), signal }: ImportOptions): Promise<NewImage> {
  const layer = await ingest(content, checked(decompress(rootfs, 'auto', signal ? { signal } : {})), mediaTypes.layerTar, signal);
  const created = new Date().toISOString();
  const imageConfig: ImageConfig = {
    created,
    ...platform,
    config: config ?? {},
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
    history: [{ created, created_by: 'caisson import', comment: message ?? 'imported root file system' }],
  };
  const configDescriptor = await ingest(content, [documentBytes(imageConfig)], mediaTypes.config, signal);
  const manifest: Manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: configDescriptor, layers: [layer] };
  const target = await ingest(content, [documentBytes(manifest)], mediaTypes.manifest, signal);
  return { target, id: sha256(documentBytes(imageConfig)) };
}

/** The same bytes, read along: what is no tar, or only half of one, must not become a layer. */
async function* checked(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  const reader = new TarReader({ entry() {}, data() {}, hole() {}, endEntry() {} });
  for await (const piece of bytes) {
    reader.write(piece);
    yield piece;
  }
  reader.end();
}

async function ingest(content: ContentStore, pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, mediaType: string, signal: AbortSignal | undefined): Promise<Descriptor> {
  await using writer = await content.writer({ ref: randomUUID(), ...(signal ? { signal } : {}) });
  let size = 0;
  for await (const piece of pieces) {
    await writer.write(piece);
    size += piece.byteLength;
  }
  return { mediaType, digest: await writer.commit(), size };
}
