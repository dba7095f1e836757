import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import type { Image } from '../../content/image.js';
import type { NewImage } from '../../content/image-store.js';
import type { LayoutStore } from '../../content/layout-store.js';
import { CaissonError, fromSystemError } from '../../errors.js';
import { LayerWriter } from '../../layers/diff/layer-writer.js';
import type { Descriptor } from '../../model/descriptor.js';
import type { HistoryEntry, ImageConfig } from '../../model/image-config.js';
import type { Manifest } from '../../model/manifest.js';
import { mediaTypes } from '../../model/media-type.js';
import { joinLayers, type SquashedTrees } from './join-layers.js';
import { putDocument } from './put-document.js';

type Documents = Pick<Image, 'manifest' | 'config'>;

/**
 * Joins an image's layers from number `from` on into one: what a layer made and a later one deleted or replaced is in it no more. The new
 * image has the same files and the same defaults. The caller holds a lease.
 */
export async function squashImage(content: LayoutStore, { manifest, config }: Documents, from: number, trees: SquashedTrees, signal: AbortSignal | undefined): Promise<NewImage> {
  const count = manifest.layers.length;
  if (!Number.isInteger(from) || from < 0 || from >= count) throw new CaissonError('invalid-argument', count === 0 ? 'the image has no layers' : `there is no layer ${from}: there are 0 to ${count - 1}`);
  const layer = await writeJoined(content, manifest, trees, signal);
  const squashed: ImageConfig = {
    ...config,
    rootfs: { type: 'layers', diff_ids: [...config.rootfs.diff_ids.slice(0, from), layer.digest] },
    history: joinedHistory(config, from, count),
  };
  const configDescriptor = await putDocument(content, squashed, mediaTypes.config);
  const inOci = (old: Descriptor): Descriptor => ({ ...old, mediaType: old.mediaType === mediaTypes.dockerLayerGzip ? mediaTypes.layerGzip : old.mediaType });
  const document: Manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: configDescriptor, layers: [...manifest.layers.slice(0, from).map(inOci), layer] };
  return { target: await putDocument(content, document, mediaTypes.manifest), id: configDescriptor.digest };
}

/** The steps stay, without their layers, and the last one has the joined layer. */
function joinedHistory({ history = [] }: ImageConfig, from: number, count: number): HistoryEntry[] {
  let place = 0;
  const steps = history.map((step) => (step.empty_layer || place++ < from ? step : { ...step, empty_layer: true }));
  return [...steps, { created: new Date().toISOString(), created_by: 'caisson image squash', comment: `joins ${count - from} layers` }];
}

async function writeJoined(content: LayoutStore, manifest: Manifest, trees: SquashedTrees, signal: AbortSignal | undefined): Promise<Descriptor> {
  const path = content.stagingPath();
  const fd = openSync(path, 'wx', 0o644);
  try {
    const writer = new LayerWriter((chunk) => {
      for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
    });
    await joinLayers(content, manifest, trees, writer, { signal });
    const { diffId, size } = writer.finish();
    fsyncSync(fd);
    await content.adopt(path, diffId);
    return { mediaType: mediaTypes.layerTar, digest: diffId, size };
  } catch (error) {
    throw fromSystemError(error, 'writing a layer');
  } finally {
    closeSync(fd);
    rmSync(path, { force: true });
  }
}
