import { randomUUID } from 'node:crypto';
import type { ContentStore } from '../../content/content-store.js';
import { decompress, TarReader } from '../../layers/index.js';
import type { Descriptor } from '../../model/descriptor.js';
import type { ImageConfig } from '../../model/image-config.js';
import type { Manifest } from '../../model/manifest.js';
import { mediaTypes } from '../../model/media-type.js';
import { hostPlatform } from '../../model/platform.js';
import type { ImageSource } from '../../transfer/image-source.js';
import { storeSource } from '../../transfer/store-source.js';
import type { ImportOptions } from '../engine.js';
import { putDocument } from './put-document.js';

export interface RootfsSourceOptions extends Pick<ImportOptions, 'config' | 'message' | 'platform'> {
  /** What the layer is unpacked to: its digest is known only when all of it has been read. The caller holds a lease. */
  readonly content: ContentStore;
  readonly name?: string;
}

/** An image of one layer, made of a tar of a root file system, plain or compressed. The tar is read once, when the image is first asked for. */
export function rootfsSource(rootfs: AsyncIterable<Uint8Array>, { content, name = 'the root file system', ...options }: RootfsSourceOptions): ImageSource {
  let made: Promise<Descriptor> | undefined;
  return storeSource(content, ({ signal } = {}) => (made ??= makeImage(content, rootfs, options, signal)), name);
}

async function makeImage(content: ContentStore, rootfs: AsyncIterable<Uint8Array>, { config, message, platform = hostPlatform() }: Pick<ImportOptions, 'config' | 'message' | 'platform'>, signal: AbortSignal | undefined): Promise<Descriptor> {
  const layer = await ingest(content, checked(decompress(rootfs, 'auto', signal ? { signal } : {})), signal);
  const created = new Date().toISOString();
  const imageConfig: ImageConfig = {
    created,
    ...platform,
    config: config ?? {},
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
    history: [{ created, created_by: 'caisson import', comment: message ?? 'imported root file system' }],
  };
  const manifest: Manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: await putDocument(content, imageConfig, mediaTypes.config), layers: [layer] };
  return putDocument(content, manifest, mediaTypes.manifest);
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

async function ingest(content: ContentStore, pieces: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<Descriptor> {
  await using writer = await content.writer({ ref: randomUUID(), ...(signal ? { signal } : {}) });
  let size = 0;
  for await (const piece of pieces) {
    await writer.write(piece);
    size += piece.byteLength;
  }
  return { mediaType: mediaTypes.layerTar, digest: await writer.commit(), size };
}
