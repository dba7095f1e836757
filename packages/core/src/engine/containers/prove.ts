import { join } from 'node:path';
import { openImage } from '../../content/image.js';
import { isCaissonError } from '../../errors.js';
import type { Descriptor } from '../../model/descriptor.js';
import { mediaTypes } from '../../model/media-type.js';
import { layerIndexes } from '../layer-indexes.js';
import type { EngineParts, RuntimeParts } from '../parts.js';
import { isReady, unpack } from '../unpack.js';
import type { ContainerRecord } from './record.js';

/**
 * Sees to it, after the machine was started anew, that what a container stands on has not been damaged by a loss of power. Of an image
 * that is not in the store any more nothing can be proven: the container starts as it is.
 */
export async function proveSnapshots(parts: EngineParts, host: RuntimeParts, record: ContainerRecord): Promise<void> {
  const { snapshotter, differ } = host;
  const parent = (await snapshotter.stat(record.id))?.parent;
  if (parent === undefined || (await isReady(snapshotter, parent))) return;
  const { content, paths } = parts;
  try {
    const { platform } = record.options;
    const image = await openImage((descriptor) => content.read(descriptor.digest), await rootOf(parts, record), { name: record.image.name, ...(platform ? { platform } : {}) });
    await unpack({ content, snapshotter, differ, locks: join(paths.runRoot, 'locks'), indexes: layerIndexes(parts) }, image);
  } catch (error) {
    if (!isCaissonError(error, 'not-found')) throw error;
  }
}

/** The manifest or index that a container was made of. @throws CaissonError `not-found` */
export async function rootOf({ content }: Pick<EngineParts, 'content'>, { image }: Pick<ContainerRecord, 'image'>): Promise<Descriptor> {
  const bytes = await content.read(image.target);
  const { mediaType, manifests } = JSON.parse(new TextDecoder().decode(bytes)) as { mediaType?: string; manifests?: unknown };
  return { mediaType: mediaType ?? (manifests === undefined ? mediaTypes.manifest : mediaTypes.index), digest: image.target, size: bytes.byteLength };
}
