import { join } from 'node:path';
import type { ImageRecord } from '../../content/image-store.js';
import { openStored, type Image } from '../../content/image.js';
import { CaissonError, isCaissonError } from '../../errors.js';
import type { Descriptor } from '../../model/descriptor.js';
import { isDigest, type Digest } from '../../model/digest.js';
import { isIndexType } from '../../model/media-type.js';
import { hostPlatform, platformFit, type Platform } from '../../model/platform.js';
import { familiarReference, formatReference, parseReference, withDefaultTag, type Reference } from '../../model/reference.js';
import { Task, type OnProgress } from '../../progress.js';
import { takeLease } from '../../state/leases.js';
import { collect } from '../collect.js';
import { ContainerTable } from '../containers/record.js';
import type { Cancellable, ImageManifest, ImportOptions, Images, Pruned, PruneOptions, PushOptions, RemovedImage, StoredImage, TransferOptions } from '../engine.js';
import type { EventLog } from '../events.js';
import type { EngineParts } from '../parts.js';
import { isPruned } from '../prune-filter.js';
import type { ImageComparison, ImageFile, ImageFiles, ImageLayer, OnePlatform } from '../image-layers.js';
import { unpack } from '../unpack.js';
import type { ImageContents } from './image-contents.js';
import type { CopyImageOptions, ImageDestination, ImageOrigin } from './places.js';
import type { ImageTransfers } from './transfers.js';

/** Images of the local engine: names and blobs of one store, and their way in and out. */
export class LocalImages implements Images {
  readonly #parts: EngineParts;
  readonly #events: EventLog;
  #contents: Promise<ImageContents> | undefined;
  #ways: Promise<ImageTransfers> | undefined;

  constructor(parts: EngineParts, events: EventLog) {
    this.#parts = parts;
    this.#events = events;
  }

  list(): Promise<readonly ImageRecord[]> {
    return this.#parts.images.list();
  }

  async get(nameOrId: string, { platform }: { platform?: Platform } = {}): Promise<StoredImage> {
    return this.#open(await this.#found(nameOrId), nameOrId, platform);
  }

  async #found(nameOrId: string): Promise<ImageRecord> {
    const record = await this.#find(nameOrId);
    if (!record) throw new CaissonError('not-found', `No such image: ${nameOrId.slice(0, 300)}`, { hint: 'caisson images lists all there are; caisson pull gets one from a registry' });
    return record;
  }

  async manifests(nameOrId: string): Promise<readonly ImageManifest[]> {
    const [{ target }, { imageManifests }] = await Promise.all([this.#found(nameOrId), import('./image-manifests.js')]);
    return imageManifests(this.#parts, target);
  }

  /** The image, pulled where it is missing (or, with `always`, anyway). @throws CaissonError `not-found` with `never` */
  async ensure(nameOrId: string, { pull, platform, signal, onProgress }: Cancellable & { pull: 'missing' | 'always' | 'never'; platform?: Platform; onProgress?: OnProgress }): Promise<StoredImage> {
    const wanted = platform ? { platform } : {};
    if (pull !== 'always') {
      try {
        const image = await this.get(nameOrId, wanted);
        // Of an image that is for this host too, only another platform's may be here.
        if (pull === 'never' || platform || !isIndexType(image.target.mediaType) || platformFit(hostPlatform(), image.config) > 0) return image;
      } catch (error) {
        if (pull === 'never' || !isCaissonError(error, 'not-found') || /^(?:sha256:)?[0-9a-f]{64}$/.test(nameOrId)) throw error;
      }
    }
    const pulling = this.pull(nameOrId, { ...wanted, ...(signal ? { signal } : {}) });
    if (onProgress) for await (const progress of pulling) onProgress(progress);
    await pulling;
    return this.get(nameOrId, wanted);
  }

  async #open(record: ImageRecord, name: string, platform: Platform | undefined): Promise<StoredImage> {
    const image = await openStored(this.#parts.content, record.target, { name, ...(platform ? { platform } : {}) });
    return { ...record, ...image };
  }

  /** Docker's order: a name first, then an ID or a prefix of one. */
  async #find(nameOrId: string): Promise<ImageRecord | undefined> {
    const { images } = this.#parts;
    if (isDigest(nameOrId)) return images.find(nameOrId);
    let reference: Reference | undefined;
    try {
      reference = parseReference(nameOrId);
    } catch (error) {
      if (!/^[0-9a-f]{2,64}$/.test(nameOrId)) throw error;
    }
    const named = reference && ((await images.get(withDefaultTag(reference))) ?? (await this.#byDigest(reference)));
    return named ?? (/^[0-9a-f]{2,64}$/.test(nameOrId) ? images.find(nameOrId) : undefined);
  }

  /** `name@digest` and `name:tag@digest`: the digest decides, if some image of that repository or none has it. */
  async #byDigest(reference: Reference): Promise<ImageRecord | undefined> {
    const { domain, path, digest } = reference;
    if (!digest) return undefined;
    const record = (await this.#parts.images.get({ domain, path, digest })) ?? (await this.#parts.images.find(digest));
    const own = record?.target.digest === digest || record?.pushed?.includes(formatReference({ domain, path, digest }));
    return own && record?.names.some((name) => name.startsWith(`${domain}/${path}`)) ? record : undefined;
  }

  pull(name: string, options: TransferOptions = {}): Task<ImageRecord> {
    return new Task(async (onProgress) => (await this.#transfers()).pull(name, options, onProgress));
  }

  push(name: string, options: PushOptions = {}): Task<Digest> {
    return new Task(async (onProgress) => (await this.#transfers()).push(name, options, onProgress));
  }

  /** Copies an image between any two of registries, this store, OCI layouts, archives and root file systems; see `copyImage`. */
  copy(from: ImageOrigin, to: ImageDestination, options: CopyImageOptions = {}): Task<Descriptor> {
    return new Task(async (onProgress) => {
      const { copyImage } = await import('./copy-image.js');
      return copyImage({ parts: this.#parts, events: this.#events, transfers: await this.#transfers(), find: (name) => this.get(name) }, from, to, options, onProgress);
    });
  }

  async tag(nameOrId: string, name: string): Promise<void> {
    const reference = parseReference(name);
    if (reference.digest) throw new CaissonError('invalid-argument', `${name} names a digest: a tag cannot be given to it`);
    const { target, id } = await this.get(nameOrId);
    await this.#parts.images.tag(target.digest, withDefaultTag(reference));
    this.#events.recordImage('tag', id, familiarReference(withDefaultTag(reference)));
  }

  async remove(nameOrId: string, { force = false }: { force?: boolean } = {}): Promise<RemovedImage> {
    const { images } = this.#parts;
    const record = await this.get(nameOrId);
    const byId = /^(?:sha256:)?[0-9a-f]+$/.test(nameOrId) && record.id.replace('sha256:', '').startsWith(nameOrId.replace('sha256:', ''));
    const name = byId ? undefined : formatReference(withDefaultTag(parseReference(nameOrId)));
    const others = record.names.filter((other) => other !== name);
    if (name !== undefined && others.length > 0 && record.names.includes(name)) {
      await images.untag(parseReference(name));
      this.#events.recordImage('untag', record.id);
      return { untagged: [name], deleted: [] };
    }
    const users = new ContainerTable(this.#parts.db).usersOfImage(record.target.digest);
    const blocking = users.find((user) => !force || user.status === 'running' || user.status === 'paused');
    if (blocking)
      throw new CaissonError('in-use', `image ${nameOrId} is used by container ${blocking.name} (${blocking.status})`, {
        hint: blocking.status === 'running' ? `stop it first: caisson stop ${blocking.name}` : `remove it first: caisson rm ${blocking.name}, or use -f`,
      });
    if (byId && record.names.length > 1 && !force)
      throw new CaissonError('in-use', `image ${nameOrId} has several names: ${record.names.map((other) => familiarReference(parseReference(other))).join(', ')}`, { hint: 'remove the names one by one, or all with -f' });
    await images.remove(record.target.digest);
    await this.#collect();
    this.#tellOfRemoval(record);
    return { untagged: record.names, deleted: [record.id] };
  }

  #tellOfRemoval({ id, names }: ImageRecord): void {
    for (const _name of names) this.#events.recordImage('untag', id);
    this.#events.recordImage('delete', id);
  }

  async *save(names: readonly string[], options: OnePlatform = {}): AsyncGenerator<Uint8Array, void> {
    yield* (await this.#transfers()).save(names, options);
  }

  load(archive: AsyncIterable<Uint8Array>, options: OnePlatform & { name?: string } = {}): Task<readonly ImageRecord[]> {
    return new Task(async () => (await this.#transfers()).load(archive, options));
  }

  import(rootfs: AsyncIterable<Uint8Array>, options: ImportOptions): Task<ImageRecord> {
    return new Task(async () => (await this.#transfers()).import(rootfs, options));
  }

  async prune({ all = false, ...options }: PruneOptions & { all?: boolean } = {}): Promise<Pruned> {
    const table = new ContainerTable(this.#parts.db);
    const images: RemovedImage[] = [];
    for (const record of await this.list()) {
      if ((record.names.length > 0 && !all) || table.usersOfImage(record.target.digest).length > 0) continue;
      if (!isPruned(options, await this.#ageAndLabels(record))) continue;
      await this.#parts.images.remove(record.target.digest);
      this.#tellOfRemoval(record);
      images.push({ untagged: record.names, deleted: [record.id] });
    }
    const bytes = await this.#collect();
    this.#events.recordPrune('image', bytes);
    return { images, bytes };
  }

  async layers(nameOrId: string, { platform }: OnePlatform = {}): Promise<readonly ImageLayer[]> {
    const { imageLayers } = await import('./history-layers.js');
    return imageLayers(await this.get(nameOrId, platform ? { platform } : {}));
  }

  async files(nameOrId: string, { platform, layer, signal }: OnePlatform & { layer?: number } = {}): Promise<ImageFiles> {
    const image = await this.get(nameOrId, platform ? { platform } : {});
    return (await this.#lookInto()).files(image, layer, signal);
  }

  async readFile(nameOrId: string, path: string, { platform, layer, signal }: OnePlatform & { layer?: number } = {}): Promise<{ file: ImageFile; data: AsyncIterable<Uint8Array> }> {
    const image = await this.get(nameOrId, platform ? { platform } : {});
    return (await this.#lookInto()).readFile(image, path, layer, signal);
  }

  async compare(a: string, b: string, { platform, signal }: OnePlatform = {}): Promise<ImageComparison> {
    const contents = await this.#lookInto();
    const wanted = platform ? { platform } : {};
    return contents.compare(await this.get(a, wanted), await this.get(b, wanted), signal);
  }

  /** Joins the layers from number `from` on (default: all) into one; see `squashImage`. */
  squash(nameOrId: string, { from = 0, name, platform, signal }: OnePlatform & { from?: number; name?: Reference } = {}): Task<ImageRecord> {
    return new Task(async () => {
      using _lease = takeLease(this.#parts.db);
      const image = await this.get(nameOrId, platform ? { platform } : {});
      const { squashImage } = await import('./squash.js');
      const made = await squashImage(this.#parts.content, image, from, await (await this.#lookInto()).trees(image, from, signal), signal);
      this.#events.recordImage('squash', made.id);
      return this.#parts.images.put(made, name ? [withDefaultTag(name)] : []);
    });
  }

  /** The code of the ways in and out is loaded when one is taken: it and what it needs of Node are most of what a mere look at the store would have to wait for. */
  #transfers(): Promise<ImageTransfers> {
    return (this.#ways ??= import('./transfers.js').then((code) => new code.ImageTransfers(this.#parts, this.#events, (name) => this.get(name))));
  }

  /** The code for looking into layers is loaded when somebody does. */
  #lookInto(): Promise<ImageContents> {
    return (this.#contents ??= import('./stored-layers.js').then(({ openContents }) => openContents(this.#parts)));
  }

  /** As its config says; what cannot be read is as old as its record, and has no labels. */
  async #ageAndLabels(record: ImageRecord): Promise<{ created: Date; labels: Readonly<Record<string, string>> }> {
    try {
      const { config } = await this.#open(record, record.id, undefined);
      const created = Date.parse(config.created ?? '');
      return { created: Number.isNaN(created) ? record.added : new Date(created), labels: config.config?.Labels ?? {} };
    } catch (error) {
      if (!isCaissonError(error)) throw error;
      return { created: record.added, labels: {} };
    }
  }

  /** See `unpack`: the ChainID of the image's topmost snapshot. */
  async unpack(image: Pick<Image, 'manifest' | 'config'>, options: Cancellable & { onProgress?: OnProgress } = {}): Promise<Digest | undefined> {
    const { snapshotter, differ } = await this.#parts.runtime();
    const { layerIndexes } = await import('../layer-indexes.js');
    return unpack({ content: this.#parts.content, snapshotter, differ, locks: join(this.#parts.paths.runRoot, 'locks'), indexes: layerIndexes(this.#parts) }, image, options);
  }

  async #collect(): Promise<number> {
    // Without a runtime there are no snapshots either.
    const snapshotter = await this.#parts.runtime().then(
      (host) => host.snapshotter,
      () => undefined,
    );
    return collect({ db: this.#parts.db, content: this.#parts.content, ...(snapshotter ? { snapshotter } : {}) });
  }
}
