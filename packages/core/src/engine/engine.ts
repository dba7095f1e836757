import type { ImageRecord } from '../content/image-store.js';
import type { Image } from '../content/image.js';
import type { Descriptor } from '../model/descriptor.js';
import type { Digest } from '../model/digest.js';
import type { ContainerDefaults } from '../model/image-config.js';
import type { Platform } from '../model/platform.js';
import type { Reference } from '../model/reference.js';
import type { LayerCompression } from '../model/media-type.js';
import type { Task } from '../progress.js';
import type { AttachOptions, ExecOptions, ExitStatus, Process, ProcessSpec, ProcessTable, Resources, RuntimeCapabilities, RuntimeStats, TerminalSize } from '../runtime/runtime.js';
import type { ContainerOptions, RestartPolicy } from './containers/options.js';
import type { ContainerRecord } from './containers/record.js';
import type { ContainerSummary } from './containers/summary.js';
import type { EngineEvent, EventQuery } from './events.js';
import type { BuildEvent, BuildRecord, BuildRequest, BuildResult, CacheEntry, PruneCacheOptions, PrunedCache } from './image-builder.js';
import type { ImageLayers, OnePlatform } from './image-layers.js';
import type { Change } from '../layers/diff/changes.js';
import type { NetworkOptions, NetworkRecord } from './networks/record.js';
import type { Registries, RegistryCredentials } from './registries.js';
import type { VolumeOptions, VolumeRecord } from './volumes/record.js';

/**
 * What users hold. One interface over everything that runs containers: the local engine composed from a store and a runtime, or a
 * remote host. Calls take an AbortSignal and reject with CaissonError; long ones are Tasks, awaitable and iterable for progress.
 */
export interface Engine extends AsyncDisposable {
  readonly images: Images;
  readonly containers: Containers;
  readonly volumes: Volumes;
  readonly networks: Networks;
  readonly builds: Builds;
  readonly registries: Registries;
  readonly system: System;
  build(request: BuildRequest, options?: Cancellable): Task<BuildResult, BuildEvent>;
  /** Past events first, then those that come, until the signal ends it. */
  events(query?: EventQuery & Cancellable): AsyncIterable<EngineEvent>;
}

export interface Cancellable {
  readonly signal?: AbortSignal;
}

/** What a host tells of each of many images at once: a remote one all of it, the local engine what it need not read documents for. */
export interface ImageSummary extends ImageRecord {
  /** When it was made. */
  readonly created?: Date;
  readonly bytes?: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** An image of the store: its record, and its documents for one platform. */
export type StoredImage = ImageRecord & Image;

export interface Images extends ImageLayers {
  list(): Promise<readonly ImageSummary[]>;
  /** By name, ID, ID prefix or digest. @throws CaissonError `not-found` */
  get(nameOrId: string, options?: { platform?: Platform }): Promise<StoredImage>;
  /** All that the image has, for whichever platform, here or not. @throws CaissonError `not-found` */
  manifests(nameOrId: string): Promise<readonly ImageManifest[]>;
  pull(name: string, options?: TransferOptions): Task<ImageRecord>;
  /** Resolves with the digest that the registry now has under the name. */
  push(name: string, options?: PushOptions): Task<Digest>;
  tag(nameOrId: string, name: string): Promise<void>;
  /** Takes one name away, or with an ID the whole image; tells what was done. @throws CaissonError `in-use` */
  remove(nameOrId: string, options?: { force?: boolean }): Promise<RemovedImage>;
  /** A docker-archive and OCI layout in one tar; of images for several platforms all that are here, or the one that is asked for. */
  save(names: readonly string[], options?: OnePlatform): AsyncIterable<Uint8Array>;
  /** With a platform, only the image for it of each that is for several. */
  load(archive: AsyncIterable<Uint8Array>, options?: OnePlatform & { name?: string }): Task<readonly ImageRecord[]>;
  /** An image of one layer, from a tar of a root file system. */
  import(rootfs: AsyncIterable<Uint8Array>, options: ImportOptions): Task<ImageRecord>;
  /** Nameless images (with `all`: those that no container uses) go, then every blob and snapshot that nothing needs. */
  prune(options?: PruneOptions & { all?: boolean }): Promise<Pruned>;
}

/** One of the manifests of an image: an image for one platform, or what a builder attests of one. */
export interface ImageManifest {
  /** As the index has it. */
  readonly descriptor: Descriptor;
  readonly kind: 'image' | 'attestation' | 'unknown';
  /** All of it is here. */
  readonly available: boolean;
  /** Of an image: as its config says, or where that is not here, its index. */
  readonly platform?: Platform;
  /** The digest of the config; absent where that is not here. */
  readonly id?: Digest;
  /** Of its blobs that are here, and of its layers that have been unpacked. */
  readonly contentBytes: number;
  readonly unpackedBytes: number;
  /** Of an attestation: the manifest of the image that it is about. */
  readonly about?: Digest;
}

/** What a prune is to spare or to take; absent fields do not matter. */
export interface PruneOptions {
  /** Only what was made before this. */
  readonly before?: Date;
  /** Only what has all of these labels; a value of undefined means any. */
  readonly labels?: Readonly<Record<string, string | undefined>>;
  /** Not what has any of these. */
  readonly withoutLabels?: Readonly<Record<string, string | undefined>>;
}

export interface TransferOptions extends Cancellable {
  readonly credentials?: RegistryCredentials;
  readonly platform?: Platform;
  readonly allPlatforms?: boolean;
}

export interface PushOptions extends TransferOptions {
  /** What uncompressed layers become; default gzip. */
  readonly compression?: LayerCompression;
}

export interface ImportOptions extends Cancellable {
  readonly name?: Reference;
  readonly config?: ContainerDefaults;
  /** Dockerfile instructions to apply to the config. */
  readonly changes?: readonly string[];
  readonly message?: string;
  readonly platform?: Platform;
}

export interface RemovedImage {
  /** Full references. */
  readonly untagged: readonly string[];
  readonly deleted: readonly Digest[];
}

export interface Pruned {
  readonly images: readonly RemovedImage[];
  readonly bytes: number;
}

export interface Containers {
  create(options: ContainerOptions, call?: Cancellable): Promise<ContainerRecord>;
  start(nameOrId: string, call?: Cancellable): Promise<void>;
  /** Those that run, or `all`; with `size`, how much room each takes. */
  list(query?: { all?: boolean; size?: boolean }): Promise<readonly ContainerSummary[]>;
  /** By name, ID or ID prefix. @throws CaissonError `not-found` */
  get(nameOrId: string): Promise<ContainerRecord>;
  /** May be called before `start`: then no output is missed. */
  attach(nameOrId: string, options: AttachOptions): Promise<Process>;
  exec(nameOrId: string, process: ExecRequest, options: ExecOptions): Promise<Process>;
  /** `not-running` (the default) resolves at once for what has exited or was never started; `next-exit` waits for the next exit; `removed` for the removal. */
  wait(nameOrId: string, options?: Cancellable & { condition?: WaitCondition }): Promise<ExitStatus>;
  /** Size of the main process's terminal. @throws CaissonError `in-use` where it does not run */
  resize(nameOrId: string, size: TerminalSize): Promise<void>;
  kill(nameOrId: string, signal?: string | number): Promise<void>;
  /** Sends the stop signal, and after `timeout` seconds (default 10, -1 for ever) KILL. */
  stop(nameOrId: string, options?: Cancellable & { timeout?: number; signalName?: string }): Promise<void>;
  restart(nameOrId: string, options?: Cancellable & { timeout?: number }): Promise<void>;
  pause(nameOrId: string): Promise<void>;
  unpause(nameOrId: string): Promise<void>;
  rename(nameOrId: string, name: string): Promise<void>;
  remove(nameOrId: string, options?: { force?: boolean; volumes?: boolean }): Promise<void>;
  logs(nameOrId: string, options?: LogOptions): AsyncIterable<LogEntry>;
  /** One reading, or with `stream` one a second until it exits or the signal comes. */
  stats(nameOrId: string, options?: Cancellable & { stream?: boolean }): AsyncIterable<ContainerStats>;
  /** Its processes as ps(1) prints them, with ps's own options; default `-ef`. */
  top(nameOrId: string, psOptions?: readonly string[]): Promise<ProcessTable>;
  /** Changes limits and restart policy, of a running container live. Returns warnings. */
  update(nameOrId: string, changes: { readonly resources?: Resources; readonly restart?: RestartPolicy }): Promise<readonly string[]>;
  /** What differs from the image, sorted by path. */
  changes(nameOrId: string): Promise<readonly Change[]>;
  /** Bytes written over the image, and of everything together. */
  size(nameOrId: string): Promise<{ readonly written: number; readonly total: number }>;
  /** A tar of its root file system, without volumes. */
  export(nameOrId: string, call?: Cancellable): AsyncIterable<Uint8Array>;
  /** The file or folder at `path`, not followed where it is a link. @throws CaissonError `not-found` */
  stat(nameOrId: string, path: string): Promise<PathStat>;
  /** A tar of the file or folder at `path`, entries below its base name. Works on what does not run too. */
  read(nameOrId: string, path: string, call?: Cancellable): Promise<{ readonly stat: PathStat; readonly tar: AsyncIterable<Uint8Array> }>;
  /** Unpacks a tar (in any compression) into the existing folder `path`. Nothing is written outside of the root file system and its volumes. */
  write(nameOrId: string, path: string, tar: AsyncIterable<Uint8Array>, options?: WriteOptions): Promise<void>;
  /** An image of what it has become. */
  commit(nameOrId: string, options?: CommitOptions): Promise<ImageRecord>;
  /** Removes those that do not run. */
  prune(options?: PruneOptions): Promise<{ readonly containers: readonly string[]; readonly bytes: number }>;
}

export type WaitCondition = 'not-running' | 'next-exit' | 'removed';

export interface ContainerStats extends RuntimeStats {
  readonly id: string;
  readonly name: string;
}

export interface PathStat {
  /** Base name. */
  readonly name: string;
  readonly size: number;
  /** As in stat(2): type and permission bits. */
  readonly mode: number;
  readonly modified: Date;
  /** Of a symbolic link; empty for all else. */
  readonly linkTarget: string;
}

export interface WriteOptions extends Cancellable {
  /** Refuses to replace a folder by a file and the other way round. */
  readonly keepTypes?: boolean;
  /** Owners as the archive has them; else everything becomes root's. */
  readonly keepOwners?: boolean;
}

export interface CommitOptions extends Cancellable {
  readonly name?: Reference;
  readonly message?: string;
  readonly author?: string;
  /** Dockerfile instructions to apply to the config: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, USER, VOLUME, WORKDIR, … */
  readonly changes?: readonly string[];
  /** Freezes it meanwhile. By default where the host can. */
  readonly pause?: boolean;
  /** Fields that replace those of the container's config. */
  readonly config?: ContainerDefaults;
}

/** Absent fields are the container's own. */
export type ExecRequest = Pick<ProcessSpec, 'args'> & Partial<Omit<ProcessSpec, 'args'>> & {
  /** What events call it; chosen where it is absent. */
  readonly execId?: string;
};

export interface LogOptions extends Cancellable {
  readonly follow?: boolean;
  readonly tail?: number;
  readonly since?: Date;
  readonly until?: Date;
  /** Gives each entry the labels and variables that the log options ask for. */
  readonly details?: boolean;
}

export interface LogEntry {
  readonly stream: 'stdout' | 'stderr';
  readonly at: Date;
  /** RFC 3339 with nanoseconds, as it was recorded. */
  readonly timestamp: string;
  /** The bytes as they were written, with the line's end if it had one. */
  readonly data: Uint8Array;
  readonly details?: Readonly<Record<string, string>>;
}

export interface Volumes {
  create(options?: VolumeOptions): Promise<VolumeRecord>;
  list(): Promise<readonly VolumeRecord[]>;
  get(name: string): Promise<VolumeRecord>;
  remove(name: string, options?: { force?: boolean }): Promise<void>;
  /** Removes anonymous volumes (with `all`: named ones too) that no container uses. */
  prune(options?: PruneOptions & { all?: boolean }): Promise<{ readonly volumes: readonly string[]; readonly bytes: number }>;
}

export interface Networks {
  create(options: NetworkOptions): Promise<NetworkRecord>;
  list(): Promise<readonly NetworkRecord[]>;
  get(nameOrId: string): Promise<NetworkRecord>;
  remove(nameOrId: string): Promise<void>;
  /** Joins a container to the network: a running one at once, another one when it starts. */
  connect(nameOrId: string, container: string, options?: ConnectOptions): Promise<void>;
  disconnect(nameOrId: string, container: string, options?: { force?: boolean }): Promise<void>;
  /** Removes networks that no container is joined to. Returns their names. */
  prune(options?: PruneOptions): Promise<readonly string[]>;
}

export interface ConnectOptions {
  readonly aliases?: readonly string[];
  readonly ip?: string;
  readonly ip6?: string;
  readonly macAddress?: string;
}

/** The builds of the past and their cache. */
export interface Builds {
  /** The latest first. */
  history(): Promise<readonly BuildRecord[]>;
  /** What the cache holds, most recently used first. */
  cache(): Promise<readonly CacheEntry[]>;
  prune(options?: PruneCacheOptions): Promise<PrunedCache>;
}

export interface System {
  info(): Promise<EngineInfo>;
  /** What takes how much room, and how much of it could be freed. */
  usage(): Promise<DiskUsage>;
}

/** What runs where. */
export interface EngineInfo {
  readonly name: string;
  readonly version: string;
  readonly dataRoot: string;
  readonly runRoot: string;
  readonly operatingSystem: string;
  readonly kernel: string;
  readonly platform: Platform;
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Absent where containers cannot be run here; `problem` then says why. */
  readonly runtime?: RuntimeCapabilities & { readonly name: string };
  readonly problem?: string;
  readonly warnings: readonly string[];
}

export interface DiskUsage {
  readonly images: readonly { readonly image: ImageSummary; readonly bytes: number; readonly sharedBytes: number; readonly containers: number }[];
  /** Of all image layers together, each once. */
  readonly layerBytes: number;
  readonly containers: readonly { readonly container: ContainerSummary; readonly bytes: number; readonly rootBytes: number }[];
  readonly volumes: readonly { readonly volume: VolumeRecord; readonly bytes: number; readonly users: number }[];
  readonly cache: readonly CacheEntry[];
}
