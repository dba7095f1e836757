import { parseManifest, type ImageSink, type ImageSource } from '@caisson/core';
import { bytesFrom, collect, type TestImage } from './image.js';

/** Writes an image to a sink the way core's copy does: blobs, manifest, name. */
export async function pushTo(sink: ImageSink, image: TestImage): Promise<void> {
  for (const descriptor of [...image.manifest.layers, image.manifest.config]) {
    const bytes = image.blobs.get(descriptor.digest);
    if (!bytes || (await sink.has(descriptor))) continue;
    await sink.putBlob(descriptor, (offset) => bytesFrom(bytes, offset), {});
  }
  await sink.putManifest(image.root, image.bytes, { root: true });
  await sink.finish(image.root);
}

/** Reads a whole image from a source: the bytes of each document and blob by digest. */
export async function pullFrom(source: ImageSource): Promise<Map<string, Buffer>> {
  const root = await source.resolve();
  const bytes = await source.document(root);
  const found = new Map<string, Buffer>([[root.digest, Buffer.from(bytes)]]);
  const document = parseManifest(bytes);
  if (!('layers' in document)) throw new Error('not a manifest');
  found.set(document.config.digest, Buffer.from(await source.document(document.config)));
  for (const layer of document.layers) found.set(layer.digest, await collect(source.blob(layer)));
  return found;
}
