import { readdirSync } from 'node:fs';
import { ImageArchive } from '../../archive/archive-sink.js';
import { openArchive } from '../../archive/archive-source.js';
import { layoutSink, layoutSource } from '../../archive/layout-folder.js';
import { chooseEntry } from '../../archive/layout-index.js';
import { LayoutReader } from '../../content/layout-reader.js';
import { CaissonError, fromSystemError, systemCode } from '../../errors.js';
import { decompress } from '../../layers/compression/decompress.js';
import type { Descriptor } from '../../model/descriptor.js';
import { hostPlatform } from '../../model/platform.js';
import { familiarReference, familiarRepository, parseReference, withDefaultTag, type Reference } from '../../model/reference.js';
import type { OnProgress } from '../../progress.js';
import { takeLease, type Lease } from '../../state/leases.js';
import { compressLayers } from '../../transfer/compress-layers.js';
import { copy, type CopyOptions } from '../../transfer/copy.js';
import type { ImageSource } from '../../transfer/image-source.js';
import { storeSource } from '../../transfer/store-source.js';
import type { ImageRecord } from '../../content/image-store.js';
import type { EventLog } from '../events.js';
import type { EngineParts } from '../parts.js';
import { onlyPlatform } from './one-platform.js';
import type { CopyImageOptions, ImageDestination, ImageOrigin } from './places.js';
import { pushableRoot } from './pushable.js';
import { rootfsSink } from './rootfs-sink.js';
import { rootfsSource } from './rootfs-source.js';
import type { ImageTransfers } from './transfers.js';

export interface CopyImageParts {
  readonly parts: EngineParts;
  readonly events: EventLog;
  readonly transfers: ImageTransfers;
  /** @throws CaissonError `not-found` */
  readonly find: (nameOrId: string) => Promise<ImageRecord>;
}

/**
 * Copies an image from any place to any other, and tells what the destination has then. What has to be read before it is known (an archive) goes
 * through this engine's store and leaves it with the next collection.
 */
export async function copyImage(engine: CopyImageParts, from: ImageOrigin, to: ImageDestination, options: CopyImageOptions, onProgress: OnProgress): Promise<Descriptor> {
  const { parts, events, transfers } = engine;
  using lease = takeLease(parts.db);
  const call = options.signal ? { signal: options.signal } : {};
  const whole = await open(engine, from, lease, options);
  const platform = options.platform ?? (to.type === 'rootfs' ? hostPlatform() : undefined);
  const source = platform && to.type !== 'store' ? onlyPlatform(whole, platform) : whole;
  const compression = options.compression ?? (to.type === 'registry' ? 'gzip' : 'none');
  const settings: CopyOptions = { platforms: 'all', onProgress, ...call, ...(compression === 'none' ? {} : { transformLayer: compressLayers(parts, compression) }) };
  switch (to.type) {
    case 'registry': {
      const pushed = await copy(source, (await parts.registry()).sink(to.reference), settings);
      if (from.type === 'store' && !options.platform) await parts.images.notePushed((await engine.find(from.name)).target.digest, to.reference, pushed.digest);
      events.recordImage('push', familiarReference(withDefaultTag(to.reference)), familiarRepository(withDefaultTag(to.reference)));
      return pushed;
    }
    case 'store': {
      const reference = withDefaultTag(nameToGive(to.name));
      if (from.type === 'store') {
        const { target } = await engine.find(from.name);
        await parts.images.tag(target.digest, reference);
        return target;
      }
      const platforms = options.allPlatforms ? ('all' as const) : [options.platform ?? hostPlatform()];
      const record = await transfers.keep(source, [reference], { lease, platform: options.platform, copy: { ...settings, platforms } });
      if (from.type === 'registry') await transfers.noteOrigins(from.reference, record.target);
      events.recordImage('pull', familiarReference(reference), familiarRepository(reference));
      return record.target;
    }
    case 'layout':
      checkFolder(to.folder);
      return await copy(source, layoutSink(to.folder, to.tag), settings);
    case 'archive': {
      const archive = new ImageArchive(to.write);
      const root = await copy(source, archive.sink(to.names), { ...settings, concurrency: 1 });
      await archive.finish();
      return root;
    }
    case 'rootfs':
      return await copy(source, rootfsSink(parts, { write: to.write, hold: (digest) => lease.hold(digest), ...(platform ? { platform } : {}) }), settings);
  }
}

async function open({ parts, transfers, find }: CopyImageParts, from: ImageOrigin, lease: Lease, options: CopyImageOptions): Promise<ImageSource> {
  const call = options.signal ? { signal: options.signal } : {};
  const { content } = parts;
  switch (from.type) {
    case 'registry':
      return (await parts.registry()).source(withDefaultTag(from.reference));
    case 'store':
      return transfers.stored(await find(from.name), from.name, options.platform, lease);
    case 'layout': {
      const source = layoutSource(from.folder, from.image);
      // Of an index only some of which is there, what is.
      const root = await pushableRoot(new LayoutReader(from.folder), await source.resolve(), { name: source.name });
      return storeSource(new LayoutReader(from.folder), root, source.name);
    }
    case 'archive': {
      const images = await openArchive(decompress(from.bytes, 'auto', call), { content, name: from.name, hold: (digest) => lease.hold(digest), ...call });
      const { root } = chooseEntry(images, from.image, from.name);
      return storeSource(content, await pushableRoot(content, root, { name: from.name }), from.name);
    }
    case 'rootfs':
      return rootfsSource(from.bytes, { content, name: from.name, ...(options.platform ? { platform: options.platform } : {}) });
  }
}

/** @throws CaissonError `invalid-argument` for a folder that holds something else than a layout */
function checkFolder(folder: string): void {
  let there: string[];
  try {
    there = readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw systemCode(error) === 'ENOTDIR' ? new CaissonError('invalid-argument', `${folder} is no folder`) : fromSystemError(error, `reading ${folder}`);
  }
  if (there.length > 0 && !there.includes('oci-layout')) throw new CaissonError('invalid-argument', `${folder} is not empty, and no OCI layout`, { hint: 'name another folder' });
}

/** @throws CaissonError `invalid-argument` */
function nameToGive(name: string): Reference {
  const reference = parseReference(name);
  if (reference.digest) throw new CaissonError('invalid-argument', `${name} names a digest: it cannot be given to an image`);
  return reference;
}
