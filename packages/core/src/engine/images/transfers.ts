import { ImageArchive } from '../../archive/archive-sink.js';
import { openArchive } from '../../archive/archive-source.js';
import { imageNames } from '../../archive/layout-index.js';
import { piped } from '../../archive/piped.js';
import type { ImageRecord, NewImage } from '../../content/image-store.js';
import { openImage } from '../../content/image.js';
import { LayerOrigins } from '../../content/layer-origins.js';
import { CaissonError } from '../../errors.js';
import { decompress } from '../../layers/compression/decompress.js';
import type { Descriptor } from '../../model/descriptor.js';
import type { Digest } from '../../model/digest.js';
import { isForeignLayer, isIndexType } from '../../model/media-type.js';
import { isIndex, parseManifest } from '../../model/parse.js';
import { hostPlatform, type Platform } from '../../model/platform.js';
import { familiarReference, familiarRepository, formatReference, parseReference, withDefaultTag, type Reference } from '../../model/reference.js';
import type { OnProgress } from '../../progress.js';
import { takeLease, type Lease } from '../../state/leases.js';
import { compressLayers } from '../../transfer/compress-layers.js';
import { copy, type CopyOptions } from '../../transfer/copy.js';
import type { ImageSource } from '../../transfer/image-source.js';
import { storeSink, storeSource } from '../../transfer/store-source.js';
import type { ImportOptions, PushOptions, TransferOptions } from '../engine.js';
import type { EventLog } from '../events.js';
import type { OnePlatform } from '../image-layers.js';
import type { EngineParts } from '../parts.js';
import { pushableRoot } from './pushable.js';
import { rootfsSource } from './rootfs-source.js';

/** The ways of images into the local store and out of it: each is a `copy` between the store and another place. */
export class ImageTransfers {
  readonly #parts: EngineParts;
  readonly #events: EventLog;
  readonly #find: (nameOrId: string) => Promise<ImageRecord>;

  /** `find` throws `not-found`. */
  constructor(parts: EngineParts, events: EventLog, find: (nameOrId: string) => Promise<ImageRecord>) {
    this.#parts = parts;
    this.#events = events;
    this.#find = find;
  }

  async pull(name: string, options: TransferOptions, onProgress: OnProgress): Promise<ImageRecord> {
    const reference = withDefaultTag(parseReference(name));
    const source = (await this.#parts.registry()).source(reference, options.credentials);
    const platforms = options.allPlatforms ? ('all' as const) : [options.platform ?? hostPlatform()];
    using lease = takeLease(this.#parts.db);
    const [only] = platforms;
    // What is for another platform, or a version of Windows that this host cannot run, is told before any layer moves.
    if (typeof only === 'object' && (options.platform ?? only['os.version'])) {
      const root = await source.resolve(signalOf(options));
      // An index says it itself.
      if (only['os.version'] || !isIndexType(root.mediaType)) await openImage((descriptor) => source.document(descriptor, signalOf(options)), root, { name, platform: only });
    }
    const concurrency = this.#parts.transferLimits?.().downloads;
    const image = await this.keep(source, [reference], { lease, platform: options.platform, copy: { platforms, onProgress, ...(concurrency ? { concurrency } : {}), ...signalOf(options) } });
    await this.noteOrigins(reference, image.target);
    this.#events.recordImage('pull', familiarReference(reference), familiarRepository(reference));
    return image;
  }

  async push(name: string, options: PushOptions, onProgress: OnProgress): Promise<Digest> {
    const reference = withDefaultTag(parseReference(name));
    const record = await this.#parts.images.get(reference);
    if (!record) throw new CaissonError('not-found', `no image is named ${familiarReference(reference)}`, { hint: `give one that name first: caisson tag IMAGE ${familiarReference(reference)}` });
    const sink = (await this.#parts.registry()).sink(reference, options.credentials);
    using lease = takeLease(this.#parts.db);
    const source = await this.stored(record, name, options.platform, lease);
    const concurrency = this.#parts.transferLimits?.().uploads;
    const pushed = await copy(source, sink, {
      platforms: 'all',
      onProgress,
      ...(concurrency ? { concurrency } : {}),
      ...(options.compression === 'none' ? {} : { transformLayer: compressLayers(this.#parts, options.compression ?? 'gzip') }),
      ...signalOf(options),
    });
    if (!options.platform) await this.#parts.images.notePushed(record.target.digest, reference, pushed.digest);
    this.#events.recordImage('push', familiarReference(reference), familiarRepository(reference));
    return pushed.digest;
  }

  async *save(names: readonly string[], { platform, signal }: OnePlatform): AsyncGenerator<Uint8Array, void> {
    using lease = takeLease(this.#parts.db);
    const images: { source: ImageSource; names: readonly Reference[] }[] = [];
    const ids = new Set<string>();
    for (const name of names) {
      const record = await this.#find(name);
      ids.add(record.id);
      images.push({ source: await this.stored(record, name, platform, lease), names: record.names.filter((full) => isNamed(name, full)).map(parseReference) });
    }
    yield* piped(async (write, call) => {
      const archive = new ImageArchive(write);
      for (const { source, names: asked } of images) await copy(source, archive.sink(asked), { platforms: 'all', concurrency: 1, signal: call });
      await archive.finish();
    }, signal);
    for (const id of ids) this.#events.recordImage('save', id);
  }

  async load(bytes: AsyncIterable<Uint8Array>, { name = 'the archive', platform, signal }: OnePlatform & { name?: string }): Promise<readonly ImageRecord[]> {
    using lease = takeLease(this.#parts.db);
    const { content } = this.#parts;
    const call = signal ? { signal } : {};
    const images = await openArchive(decompress(bytes, 'auto'), { content, name, hold: (digest) => lease.hold(digest), ...call });
    const sources: ImageSource[] = [];
    // All of them are looked at first: an archive is taken whole or not at all.
    for (const { source, root } of images) {
      const image = await openImage((descriptor) => source.document(descriptor), root, { name, ...(platform ? { platform } : {}) });
      // Of several platforms the one that was asked for, and the others' blobs go with the next collection.
      sources.push(platform ? storeSource(content, image.descriptor, name) : source);
    }
    const records: ImageRecord[] = [];
    for (const [place, source] of sources.entries()) {
      const record = await this.keep(source, imageNames(images[place]?.names ?? []).map(withDefaultTag), { lease, platform, copy: { platforms: 'available', ...call } });
      this.#events.recordImage('load', record.id);
      records.push(record);
    }
    return records;
  }

  async import(rootfs: AsyncIterable<Uint8Array>, options: ImportOptions): Promise<ImageRecord> {
    using lease = takeLease(this.#parts.db);
    const config = options.changes?.length ? (await this.#parts.builder()).applyChanges(options.config ?? {}, options.changes) : options.config;
    const source = rootfsSource(rootfs, { ...options, content: this.#parts.content, name: 'the root file system', ...(config ? { config } : {}) });
    const record = await this.keep(source, options.name ? [withDefaultTag(options.name)] : [], { lease, platform: options.platform, copy: signalOf(options) });
    this.#events.recordImage('import', record.id);
    return record;
  }

  /** Copies into the store, and gives the names there. */
  async keep(source: ImageSource, names: readonly Reference[], { lease, platform, copy: options }: { lease: Lease; platform: Platform | undefined; copy: CopyOptions }): Promise<ImageRecord> {
    let image: NewImage | undefined;
    const sink = storeSink(this.#parts, names, { hold: (digest) => lease.hold(digest), onImage: (made) => (image = made), ...(platform ? { platform } : {}) });
    await copy(source, sink, options);
    const record = image && (await this.#parts.images.find(image.target.digest));
    if (!record) throw new CaissonError('internal', 'the image was not recorded');
    return record;
  }

  /** An image of the store, as far as it can be sent on. */
  async stored(record: ImageRecord, name: string, platform: Platform | undefined, lease: Lease): Promise<ImageSource> {
    const origins = new LayerOrigins(this.#parts.db);
    const { content } = this.#parts;
    lease.hold(record.target.digest);
    const root = await pushableRoot(content, record.target, { name, elsewhere: (digest) => origins.find(digest) !== undefined, ...(platform ? { platform } : {}) });
    return storeSource(content, root, name, origins);
  }

  /** Of the layers that were pulled: a push to the same registry need not send them. */
  async noteOrigins(reference: Reference, target: Descriptor): Promise<void> {
    new LayerOrigins(this.#parts.db).note(reference, (await this.#layersBelow(target)).filter(({ mediaType }) => !isForeignLayer(mediaType)));
  }

  /** The layers of all images below a root whose manifests are in the store. */
  async #layersBelow(root: Descriptor): Promise<Descriptor[]> {
    const { content } = this.#parts;
    if (!(await content.stat(root.digest))) return [];
    const document = parseManifest(await content.read(root.digest), root.mediaType);
    if (!isIndex(document)) return [...document.layers];
    const layers: Descriptor[] = [];
    for (const child of document.manifests) layers.push(...(await this.#layersBelow(child)));
    return layers;
  }
}

const signalOf = ({ signal }: { readonly signal?: AbortSignal }): { signal?: AbortSignal } => (signal ? { signal } : {});

/** Whether a full name is the one that the user wrote; an ID names none. */
function isNamed(given: string, full: string): boolean {
  try {
    return formatReference(withDefaultTag(parseReference(given))) === full;
  } catch {
    return false;
  }
}
