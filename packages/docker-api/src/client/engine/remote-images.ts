import {
  CaissonError,
  familiarReference,
  familiarRepository,
  formatPlatform,
  formatReference,
  isCaissonError,
  isDigest,
  parseReference,
  Task,
  withDefaultTag,
  type Cancellable,
  type Digest,
  type ImageRecord,
  type ImageManifest,
  type Images,
  type ImageSummary,
  type ImportOptions,
  type LayerIndexes,
  type Platform,
  type Pruned,
  type PruneOptions,
  type PushOptions,
  type RemovedImage,
  type StoredImage,
  type TransferOptions,
} from '@caisson/core';
import { decodeImage, decodeImageSummary, decodeManifest, decodeRemoved } from '../../decode/image.js';
import type { ImageDeleteItem, ImageHistoryEntry, ImageInspect, ImagesPruneResponse, ImageSummary as ImageBody } from '../../types/image.js';
import type { PushAux } from '../../types/progress.js';
import { compareVersions, type ApiClient } from '../api-client.js';
import { readProgress } from '../streams/progress.js';
import { changesOf } from './commit-changes.js';
import { pruneFilters } from './prune-filters.js';
import { registryAuth, type Credentials } from './registry-auth.js';
import { RemoteImageContents } from './remote-image-contents.js';

/** Images of a remote host. Names in paths of the API keep their slashes: that is how docker's routes want them. */
export class RemoteImages extends RemoteImageContents implements Images {
  readonly #client: ApiClient;
  readonly #credentials: Credentials | undefined;

  constructor(client: ApiClient, credentials: Credentials | undefined, layerIndexes?: LayerIndexes) {
    super(client, layerIndexes);
    this.#client = client;
    this.#credentials = credentials;
  }

  async list(): Promise<readonly ImageSummary[]> {
    return (await this.#client.call<ImageBody[]>({ path: '/images/json' })).map(decodeImageSummary);
  }

  async get(nameOrId: string, { platform }: { platform?: Platform } = {}): Promise<StoredImage> {
    const query = await this.#platformQuery(platform, '1.49');
    const [inspected, history] = await Promise.all([this.#client.call<ImageInspect>({ path: `${path(nameOrId)}/json`, query }), this.#client.call<ImageHistoryEntry[]>({ path: `${path(nameOrId)}/history` })]);
    const image = decodeImage(inspected, history);
    if (platform && (image.config.os !== platform.os || image.config.architecture !== platform.architecture))
      throw new CaissonError('not-found', `${nameOrId} is there only for ${formatPlatform(image.config)}, not for ${formatPlatform(platform)}`);
    return image;
  }

  async #platformQuery(platform: Platform | undefined, since: string): Promise<Record<string, string>> {
    if (!platform) return {};
    const { version } = await this.#client.handshake();
    return compareVersions(version, since) < 0 ? {} : { platform: JSON.stringify(platform) };
  }

  /** Hosts before API 1.48 do not tell: the image itself is all there is to say. */
  async manifests(nameOrId: string): Promise<readonly ImageManifest[]> {
    const { version } = await this.#client.handshake();
    const inspected = await this.#client.call<ImageInspect>({ path: `${path(nameOrId)}/json`, query: compareVersions(version, '1.48') < 0 ? {} : { manifests: true } });
    if (inspected.Manifests?.length) return inspected.Manifests.map(decodeManifest);
    const { config, descriptor, id } = decodeImage(inspected, []);
    const { os, architecture, variant } = config;
    return [{ descriptor, kind: 'image', available: true, platform: { os, architecture, ...(variant === undefined ? {} : { variant }) }, id, contentBytes: 0, unpackedBytes: inspected.Size }];
  }

  pull(name: string, { platform, allPlatforms, credentials, signal }: TransferOptions = {}): Task<ImageRecord> {
    return new Task(async (report) => {
      if (allPlatforms) throw new CaissonError('unsupported', "docker's API pulls one platform of an image only");
      const reference = withDefaultTag(parseReference(name));
      const answer = await this.#client.stream({
        method: 'POST',
        path: '/images/create',
        query: { fromImage: familiarRepository(reference), tag: reference.digest ?? reference.tag, platform: platform && formatPlatform(platform) },
        headers: await registryAuth(this.#credentials, reference.domain, credentials),
        ...(signal ? { signal } : {}),
      });
      await readProgress(answer, report);
      return this.#record(familiarReference(reference));
    });
  }

  push(name: string, { platform, credentials, signal }: PushOptions = {}): Task<Digest> {
    return new Task(async (report) => {
      const reference = withDefaultTag(parseReference(name));
      let digest: string | undefined;
      const answer = await this.#client.stream({
        method: 'POST',
        path: `${path(familiarRepository(reference))}/push`,
        query: { tag: reference.tag, ...(await this.#platformQuery(platform, '1.46')) },
        headers: await registryAuth(this.#credentials, reference.domain, credentials),
        ...(signal ? { signal } : {}),
      });
      await readProgress(answer, report, ({ aux, status }) => {
        digest ??= (aux as PushAux | undefined)?.Digest ?? /digest: (sha256:[0-9a-f]{64})/.exec(status ?? '')?.[1];
      });
      if (digest === undefined || !isDigest(digest)) digest = (await this.#record(familiarReference(reference))).target.digest;
      return digest as Digest;
    });
  }

  async tag(nameOrId: string, name: string): Promise<void> {
    const reference = withDefaultTag(parseReference(name));
    if (reference.digest !== undefined) throw new CaissonError('invalid-argument', 'a digest cannot be given as a name');
    await this.#client.call({ method: 'POST', path: `${path(nameOrId)}/tag`, query: { repo: familiarRepository(reference), tag: reference.tag } });
  }

  async remove(nameOrId: string, { force }: { force?: boolean } = {}): Promise<RemovedImage> {
    return decodeRemoved(await this.#client.call<ImageDeleteItem[]>({ method: 'DELETE', path: path(nameOrId), query: { force } }));
  }

  async *save(names: readonly string[], { signal }: Cancellable = {}): AsyncGenerator<Uint8Array, void> {
    const answer = await this.#client.stream({ path: '/images/get', query: { names: [...names] }, ...(signal ? { signal } : {}) });
    yield* answer;
  }

  load(archive: AsyncIterable<Uint8Array>, { name, signal }: Cancellable & { name?: string } = {}): Task<readonly ImageRecord[]> {
    return new Task(async (report) => {
      const said: string[] = [];
      const answer = await this.#client.stream({ method: 'POST', path: '/images/load', body: archive, headers: { 'Content-Type': 'application/x-tar' }, ...(signal ? { signal } : {}) });
      await readProgress(answer, report, ({ stream }) => {
        for (const [, loaded = ''] of (stream ?? '').matchAll(/Loaded image(?: ID)?(?:\(s\))?: (.+)/g)) said.push(...loaded.split(/,\s*/).map((one) => one.trim()));
      });
      const records = await Promise.all([...new Set(said)].map((one) => this.#record(one)));
      const [first] = records;
      if (name === undefined || !first) return records;
      await this.tag(first.id, name);
      return [await this.#record(first.id), ...records.slice(1)];
    });
  }

  import(rootfs: AsyncIterable<Uint8Array>, { name, config, message, platform, signal }: ImportOptions): Task<ImageRecord> {
    return new Task(async (report) => {
      let id: string | undefined;
      const answer = await this.#client.stream({
        method: 'POST',
        path: '/images/create',
        query: { fromSrc: '-', repo: name && familiarReference(withDefaultTag(name)), message, changes: changesOf(config ?? {}), platform: platform && formatPlatform(platform) },
        body: rootfs,
        headers: { 'Content-Type': 'application/x-tar' },
        ...(signal ? { signal } : {}),
      });
      await readProgress(answer, report, ({ status, stream }) => {
        const text = (status ?? stream ?? '').trim();
        if (/^(?:sha256:)?[0-9a-f]{64}$/.test(text)) id = text;
      });
      if (id === undefined && !name) throw new CaissonError('internal', "the engine did not say the new image's ID");
      if (!name) return this.#record(id ?? '');
      const familiar = familiarReference(withDefaultTag(name));
      // podman before 5 makes the image and forgets its name.
      if (id !== undefined && !(await this.#record(id)).names.includes(formatReference(withDefaultTag(name)))) await this.tag(id, familiar);
      return this.#record(familiar);
    });
  }

  async prune({ all = false, ...options }: PruneOptions & { all?: boolean } = {}): Promise<Pruned> {
    const answer = await this.#client.call<ImagesPruneResponse>({ method: 'POST', path: '/images/prune', query: { filters: pruneFilters(options, { dangling: [String(!all)] }) } });
    const removed = decodeRemoved(answer.ImagesDeleted);
    return { images: removed.deleted.length + removed.untagged.length > 0 ? [removed] : [], bytes: answer.SpaceReclaimed };
  }

  protected override inspect(nameOrId: string, options: { platform?: Platform }): Promise<StoredImage> {
    return this.get(nameOrId, options);
  }

  async #record(nameOrId: string): Promise<ImageRecord> {
    const { id, target, names, added } = decodeImage(await this.#client.call<ImageInspect>({ path: `${path(nameOrId)}/json` }), []);
    return { id, target, names, added };
  }
}

/** @throws CaissonError `invalid-argument` for what is no name and no ID: it could be another path of the API */
function path(nameOrId: string): string {
  if (/^(?:sha256:)?[0-9a-f]{1,64}$/.test(nameOrId)) return `/images/${nameOrId}`;
  try {
    return `/images/${familiarReference(parseReference(nameOrId))}`;
  } catch (error) {
    if (isCaissonError(error)) throw new CaissonError('invalid-argument', error.message, { cause: error, ...(error.hint === undefined ? {} : { hint: error.hint }) });
    throw error;
  }
}
