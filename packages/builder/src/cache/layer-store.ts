import { closeSync, existsSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import {
  CaissonError,
  decompress,
  digestHex,
  indexLayer,
  layerCompression,
  LayerIndexes,
  LayerOrigins,
  LayerTree,
  type Digest,
  type LayerIndex,
  type Reference,
} from '@caisson/core';
import type { BuilderHost, StackedLayer } from '../host.js';
import type { LayerFiles } from '../source/layer-source.js';

/** A layer, and how it comes into the store where it is not there yet. */
export interface FetchableLayer extends StackedLayer {
  fetch?(signal: AbortSignal | undefined): Promise<void>;
  /** The name in a registry of an image that has it. */
  readonly origin?: Reference;
}

/**
 * What is in the layers that a build stands on. Tables of contents are kept in files beside the store, since making one means reading
 * the layer through; trees are shared between the steps of a build. Asked of a layer that is not here, it fetches it.
 */
export class LayerStore implements LayerFiles {
  readonly #host: BuilderHost;
  readonly #scratch: string;
  readonly #layers = new Map<Digest, FetchableLayer>();
  readonly #indexes = new Map<Digest, Promise<LayerIndex>>();
  readonly #trees = new Map<string, Promise<LayerTree>>();
  readonly #archives = new Map<Digest, Promise<string>>();
  /** In files, for builds to come; engines use the same. */
  readonly kept: LayerIndexes;

  /** `scratch` holds archives of layers that are compressed in the store, for the time of a build. */
  constructor(host: BuilderHost, scratch: string) {
    this.#host = host;
    this.kept = new LayerIndexes(join(host.cacheFolder, 'layer-indexes'));
    this.#scratch = scratch;
  }

  /** Makes layers known, so that they can be asked for by diffID. */
  add(layers: readonly FetchableLayer[]): void {
    for (const layer of layers) if (!this.#layers.has(layer.diffId)) this.#layers.set(layer.diffId, layer);
  }

  /** Notes the index of a layer that was just made. */
  put(index: LayerIndex): void {
    this.#indexes.set(index.diffId, Promise.resolve(index));
    this.kept.save(index);
  }

  /** The merged view of a stack of layers, lowest first. */
  tree(diffIds: readonly Digest[], signal: AbortSignal | undefined): Promise<LayerTree> {
    const name = diffIds.join();
    let tree = this.#trees.get(name);
    if (!tree) {
      const top = diffIds.at(-1);
      const make = async () => (top ? (await this.tree(diffIds.slice(0, -1), signal)).with(await this.index(top, signal)) : LayerTree.empty);
      this.#trees.set(name, (tree = make()));
      tree.catch(() => this.#trees.delete(name));
    }
    return tree;
  }

  /** Those of which nothing is at hand: neither a table of contents, nor the layer to make one from. */
  async unread(diffIds: readonly Digest[]): Promise<Digest[]> {
    const unread: Digest[] = [];
    for (const diffId of diffIds) {
      const layer = this.#layers.get(diffId);
      if (!this.#indexes.has(diffId) && !this.kept.has(diffId) && !(layer && (await this.#host.content.stat(layer.descriptor.digest)))) unread.push(diffId);
    }
    return unread;
  }

  index(diffId: Digest, signal: AbortSignal | undefined): Promise<LayerIndex> {
    let index = this.#indexes.get(diffId);
    if (!index) {
      const kept = this.kept.load(diffId);
      this.#indexes.set(diffId, (index = kept ? Promise.resolve(kept) : this.#make(diffId, signal)));
      index.catch(() => this.#indexes.delete(diffId));
    }
    return index;
  }

  async digestedIndex(diffId: Digest, signal: AbortSignal | undefined): Promise<LayerIndex> {
    const index = await this.index(diffId, signal);
    const { digests, type } = index.columns;
    if (digests || !type.includes(0)) return index;
    const digested = await this.#make(diffId, signal);
    this.#indexes.set(diffId, Promise.resolve(digested));
    return digested;
  }

  archive(diffId: Digest, signal: AbortSignal | undefined): Promise<string> {
    const blob = this.#host.content.pathOf(diffId);
    if (existsSync(blob)) return Promise.resolve(blob);
    let archive = this.#archives.get(diffId);
    if (!archive) {
      this.#archives.set(diffId, (archive = this.#decompress(diffId, signal)));
      archive.catch(() => this.#archives.delete(diffId));
    }
    return archive;
  }

  /** Makes sure that the blobs of these layers are in the store. */
  async ensure(diffIds: readonly Digest[], signal: AbortSignal | undefined): Promise<void> {
    for (const diffId of diffIds) await this.#blob(diffId, signal);
  }

  /** Of those that are not in the store, notes where they can be had from; they come when something reads them. What nobody else has must be here. */
  async leave(diffIds: readonly Digest[], signal: AbortSignal | undefined): Promise<void> {
    const origins = new LayerOrigins(this.#host.db);
    for (const diffId of diffIds) {
      const { descriptor, origin } = this.#layers.get(diffId) ?? {};
      if (!descriptor || (await this.#host.content.stat(descriptor.digest)) || origins.find(descriptor.digest)) continue;
      if (origin) origins.note(origin, [descriptor]);
      else await this.#blob(diffId, signal);
    }
  }

  async #blob(diffId: Digest, signal: AbortSignal | undefined): Promise<FetchableLayer> {
    const layer = this.#layers.get(diffId);
    if (!layer) throw new CaissonError('internal', `the layer ${diffId} is not known to this build`);
    if (!(await this.#host.content.stat(layer.descriptor.digest))) {
      if (!layer.fetch) throw new CaissonError('not-found', `the layer ${diffId} is not in the store any more`, { hint: 'run the build again' });
      await layer.fetch(signal);
    }
    return layer;
  }

  async #make(diffId: Digest, signal: AbortSignal | undefined): Promise<LayerIndex> {
    const { descriptor } = await this.#blob(diffId, signal);
    const options = signal ? { signal } : {};
    const index = await indexLayer(this.#host.content.open(descriptor.digest, options), compressionOf(descriptor.mediaType), { ...options, contentDigests: true });
    if (index.diffId !== diffId) throw new CaissonError('digest-mismatch', `the content of layer ${descriptor.digest} is ${index.diffId}, but the image's config says ${diffId}`);
    this.kept.save(index);
    return index;
  }

  async #decompress(diffId: Digest, signal: AbortSignal | undefined): Promise<string> {
    const { descriptor } = await this.#blob(diffId, signal);
    const options = signal ? { signal } : {};
    const path = join(this.#scratch, `${digestHex(diffId)}.tar`);
    mkdirSync(this.#scratch, { recursive: true, mode: 0o700 });
    const fd = openSync(path, 'w', 0o600);
    try {
      for await (const chunk of decompress(this.#host.content.open(descriptor.digest, options), compressionOf(descriptor.mediaType), options))
        for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
    } finally {
      closeSync(fd);
    }
    return path;
  }
}

function compressionOf(mediaType: string) {
  const compression = layerCompression(mediaType);
  if (!compression) throw new CaissonError('unsupported', `layers of media type ${JSON.stringify(mediaType)} cannot be read`);
  return compression;
}
