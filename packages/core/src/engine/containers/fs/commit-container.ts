import type { ImageRecord } from '../../../content/image-store.js';
import { isCaissonError } from '../../../errors.js';
import { withDefaultTag } from '../../../model/reference.js';
import type { Runtime } from '../../../runtime/runtime.js';
import { takeLease } from '../../../state/leases.js';
import type { CommitOptions } from '../../engine.js';
import type { EngineParts } from '../../parts.js';
import type { ContainerRecord } from '../record.js';
import { captureChanges, commitImage, type CommitParts } from './commit.js';
import type { ContainerFiles } from './container-files.js';

/** Makes an image of a container as it is. One that runs is frozen while its files are read, unless the caller wants otherwise. */
export async function commitContainer(parts: EngineParts, files: ContainerFiles, record: ContainerRecord, options: CommitOptions): Promise<ImageRecord> {
  const { runtime, differ } = await parts.runtime();
  using _lease = takeLease(parts.db);
  // Found before anything is frozen or written, so that a mistake in the request costs nothing.
  const changed = await applied(parts, options);
  const freezes = record.status === 'running' && options.pause !== false && (await frozen(runtime, record.id, options.pause === true));
  let layer;
  try {
    layer = await captureChanges({ content: parts.content, differ, exclude: (await files.changes(record)).dropped }, record.id, options.signal);
  } finally {
    if (freezes) await runtime.unpause(record.id);
  }
  const image = await commitImage({ content: parts.content, applyChanges: changed }, record, layer, options);
  return await parts.images.put(image, options.name ? [withDefaultTag(options.name)] : []);
}

/** False where this host cannot freeze containers, as for many ordinary users, and nobody insists. */
async function frozen(runtime: Runtime, id: string, insists: boolean): Promise<boolean> {
  try {
    await runtime.pause(id);
    return true;
  } catch (error) {
    if (insists || !isCaissonError(error, 'unsupported')) throw error;
    return false;
  }
}

/** The builder knows Dockerfile instructions; it is loaded only for them. */
async function applied(parts: EngineParts, { changes = [] }: CommitOptions): Promise<CommitParts['applyChanges']> {
  if (changes.length === 0) return async (config) => config;
  const builder = await parts.builder();
  builder.applyChanges({}, changes);
  return async (config, instructions) => builder.applyChanges(config, instructions);
}
