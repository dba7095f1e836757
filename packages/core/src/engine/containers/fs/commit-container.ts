import type { ImageRecord } from '../../../content/image-store.js';
import { CaissonError, isCaissonError } from '../../../errors.js';
import type { Descriptor } from '../../../model/descriptor.js';
import { withDefaultTag } from '../../../model/reference.js';
import type { Runtime } from '../../../runtime/runtime.js';
import { takeLease } from '../../../state/leases.js';
import { copy } from '../../../transfer/copy.js';
import type { ImageSource } from '../../../transfer/image-source.js';
import { storeSink, storeSource } from '../../../transfer/store-source.js';
import type { CommitOptions } from '../../engine.js';
import type { EngineParts } from '../../parts.js';
import type { ContainerRecord } from '../record.js';
import { isRunning } from './is-running.js';
import { captureChanges, commitImage, type CommitParts } from './commit.js';
import type { ContainerFiles } from './container-files.js';

/** A container as it is, to be copied wherever images go: its files at once as a root file system, or an image with one layer more than its own. */
export function containerSource(parts: EngineParts, files: ContainerFiles, record: ContainerRecord, options: CommitOptions = {}): ImageSource {
  let made: Promise<Descriptor> | undefined;
  return {
    ...storeSource(parts.content, () => (made ??= makeImage(parts, files, record, options)), `container ${record.name}`),
    rootfs: (call) => files.export(record, call),
  };
}

/** Makes an image of a container in the store. */
export async function commitContainer(parts: EngineParts, files: ContainerFiles, record: ContainerRecord, options: CommitOptions): Promise<ImageRecord> {
  using lease = takeLease(parts.db);
  const signal = options.signal ? { signal: options.signal } : {};
  const root = await copy(containerSource(parts, files, record, options), storeSink(parts, options.name ? [withDefaultTag(options.name)] : [], { hold: (digest) => lease.hold(digest) }), signal);
  const image = await parts.images.find(root.digest);
  if (!image) throw new CaissonError('internal', 'the image was not recorded');
  return image;
}

/** One that runs is frozen while its files are read, unless the caller wants otherwise. */
async function makeImage(parts: EngineParts, files: ContainerFiles, record: ContainerRecord, options: CommitOptions): Promise<Descriptor> {
  const { runtime, differ } = await parts.runtime();
  if (record.osVersion !== undefined && isRunning(record)) throw new CaissonError('unsupported', `container ${record.name} cannot be made an image of while it runs: Windows has its layer in use`, { hint: `caisson stop ${record.name}` });
  // Found before anything is frozen or written, so that a mistake in the request costs nothing.
  const changed = await applied(parts, options);
  const freezes = record.status === 'running' && options.pause !== false && (await frozen(runtime, record.id, options.pause === true));
  let layer;
  try {
    layer = await captureChanges({ content: parts.content, differ, exclude: (await files.changes(record)).dropped }, record.id, options.signal);
  } finally {
    if (freezes) await runtime.unpause(record.id);
  }
  return (await commitImage({ content: parts.content, applyChanges: changed }, record, layer, options)).target;
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
