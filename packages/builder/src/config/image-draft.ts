import { documentBytes, isForeignLayer, layerCompression, mediaTypes, sha256, type ContainerDefaults, type Descriptor, type Digest, type HistoryEntry, type Image, type ImageConfig, type Manifest, type Platform } from '@caisson/core';
import { AbsentNames } from '../copy/absent-names.js';
import type { StackedLayer } from '../host.js';
import { windowsDefaults } from '../windows/paths.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const historyComment = 'buildkit.dockerfile.v0';

/**
 * The image of one stage as it grows: layers, config and history. A stage that begins with another one starts from a copy.
 */
export class ImageDraft {
  readonly platform: Platform;
  /** ISO 8601: the date of all that this build makes. */
  readonly created: string;
  readonly config: Writable<ContainerDefaults>;
  readonly layers: StackedLayer[];
  readonly history: HistoryEntry[];
  author: string | undefined;
  /** Fields of the base's config that are not ours to know. */
  readonly #rest: Readonly<Record<string, unknown>>;
  /** How many of the layers are the base image's. */
  readonly baseLayers: number;
  /** What the base image's config tells of its files; undefined on scratch. */
  readonly absent: AbsentNames | undefined;
  /** The base image's name, for people. */
  baseName = 'the base';
  readonly #baseHistory: number;
  /** What it began with, for people: `debian:12@sha256:...` or `the stage build`. */
  origin = '';
  /** Set once this stage itself has a CMD: an ENTRYPOINT then leaves it. */
  ownCmd = false;

  private constructor(platform: Platform, created: string, config: ContainerDefaults, layers: readonly StackedLayer[], history: readonly HistoryEntry[], author: string | undefined, rest: Readonly<Record<string, unknown>>, baseLayers: number, baseHistory: number, absent: AbsentNames | undefined) {
    this.baseLayers = baseLayers;
    this.absent = absent;
    this.#baseHistory = baseHistory;
    this.platform = platform;
    this.created = created;
    this.config = structuredClone(config);
    this.layers = [...layers];
    this.history = [...history];
    this.author = author;
    this.#rest = rest;
  }

  /** FROM scratch. */
  static empty(platform: Platform, created: string): ImageDraft {
    const defaults = platform.os === 'windows' ? windowsDefaults : { Env: [defaultPath], WorkingDir: '/' };
    return new ImageDraft(platform, created, defaults, [], [], undefined, {}, 0, 0, undefined);
  }

  /** FROM an image. */
  static from(image: Image, platform: Platform, created: string): ImageDraft {
    const { config = {}, rootfs, history = [], author, created: _created, architecture, os, variant, ...rest } = image.config as ImageConfig & Record<string, unknown>;
    // Left by docker's old builder; it speaks of a container on its host.
    delete rest['container'];
    delete rest['container_config'];
    delete rest['docker_version'];
    delete rest['id'];
    delete rest['parent'];
    const layers = rootfs.diff_ids.map((diffId, place) => ({ diffId, descriptor: ociLayer(image.manifest.layers[place] as Descriptor) }));
    const own: Platform = { os, architecture, ...(variant ? { variant } : {}) };
    // What the base is made for; the version that was asked for only chose it.
    const version = (rest['os.version'] as string | undefined) ?? platform['os.version'];
    // A PATH is always set, as BuildKit has it: what comes after may refer to it.
    const env = config.Env ?? [];
    const withPath = os === 'windows' || env.some((entry) => entry.startsWith('PATH=')) ? config : { ...config, Env: [...env, defaultPath] };
    return new ImageDraft({ ...own, ...(version ? { 'os.version': version } : {}) }, created, withPath, layers, history, author, rest, layers.length, history.length, new AbsentNames(image.config));
  }

  /** FROM a stage. */
  copy(): ImageDraft {
    const draft = new ImageDraft(this.platform, this.created, this.config, this.layers, this.history, this.author, this.#rest, this.baseLayers, this.#baseHistory, this.absent);
    draft.baseName = this.baseName;
    return draft;
  }

  get diffIds(): Digest[] {
    return this.layers.map((layer) => layer.diffId);
  }

  /** The ChainID, or `scratch` for no layers. */
  get chain(): Digest | 'scratch' {
    let chain: Digest | undefined;
    for (const { diffId } of this.layers) chain = chain ? sha256(`${chain} ${diffId}`) : diffId;
    return chain ?? 'scratch';
  }

  addLayer(layer: { diffId: Digest; size: number }, createdBy: string): void {
    this.layers.push({ diffId: layer.diffId, descriptor: { mediaType: mediaTypes.layerTar, digest: layer.diffId, size: layer.size } });
    this.history.push({ created: this.created, created_by: createdBy, comment: historyComment });
  }

  addEmpty(createdBy: string): void {
    this.history.push({ created: this.created, created_by: createdBy, comment: historyComment, empty_layer: true });
  }

  /** Puts one layer in the place of all that are above the base. */
  squash(layer: { diffId: Digest; size: number } | undefined): void {
    this.layers.length = this.baseLayers;
    const kept = this.history.map((entry, place) => (place < this.#baseHistory ? entry : { ...entry, empty_layer: true }));
    this.history.splice(0, this.history.length, ...kept);
    if (layer) this.addLayer(layer, `squash ${this.history.length} steps`);
  }

  imageConfig(): ImageConfig {
    const { os, architecture, variant } = this.platform;
    return {
      architecture,
      ...(variant ? { variant } : {}),
      os,
      ...(this.platform['os.version'] ? { 'os.version': this.platform['os.version'] } : {}),
      ...this.#rest,
      created: this.created,
      ...(this.author ? { author: this.author } : {}),
      config: inOrder(this.config),
      rootfs: { type: 'layers', diff_ids: this.diffIds },
      history: this.history,
    };
  }
}

/** Fields as docker's own JSON has them, so that equal configs have equal digests whatever the order of the instructions. */
function inOrder(config: ContainerDefaults): ContainerDefaults {
  const order = ['User', 'ExposedPorts', 'Env', 'Entrypoint', 'Cmd', 'Volumes', 'WorkingDir', 'Labels', 'StopSignal', 'ArgsEscaped', 'Healthcheck', 'OnBuild', 'Shell'];
  const sorted = Object.fromEntries(Object.entries(config).sort(([a], [b]) => rank(order, a) - rank(order, b)));
  for (const key of ['ExposedPorts', 'Volumes', 'Labels']) {
    const map = sorted[key] as Record<string, unknown> | undefined;
    if (map) sorted[key] = Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  return sorted;
}

function rank(order: readonly string[], key: string): number {
  const at = order.indexOf(key);
  return at < 0 ? order.length : at;
}

/** A layer keeps its bytes under an OCI manifest; only what its type is called changes. */
function ociLayer(layer: Descriptor): Descriptor {
  if (isForeignLayer(layer.mediaType)) return layer;
  const mediaType = { none: mediaTypes.layerTar, gzip: mediaTypes.layerGzip, zstd: mediaTypes.layerZstd }[layerCompression(layer.mediaType) ?? 'none'];
  return layerCompression(layer.mediaType) ? { ...layer, mediaType } : layer;
}

export interface ImageDocuments {
  readonly config: { readonly bytes: Uint8Array; readonly descriptor: Descriptor; readonly value: ImageConfig };
  readonly manifest: { readonly bytes: Uint8Array; readonly descriptor: Descriptor };
}

/** The image's config and manifest, to the byte; `more` goes into the config as it is. */
export function imageDocuments(draft: ImageDraft, annotations: Readonly<Record<string, string>>, more: Readonly<Record<string, unknown>> = {}): ImageDocuments {
  const value: ImageConfig = { ...draft.imageConfig(), ...more };
  const config = documentBytes(value);
  const configDescriptor = { mediaType: mediaTypes.config, digest: sha256(config), size: config.byteLength };
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: configDescriptor,
    layers: draft.layers.map((layer) => layer.descriptor),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
  const bytes = documentBytes(manifest);
  return {
    config: { bytes: config, descriptor: configDescriptor, value },
    manifest: { bytes, descriptor: { mediaType: mediaTypes.manifest, digest: sha256(bytes), size: bytes.byteLength } },
  };
}
