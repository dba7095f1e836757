import type { ImageRecord } from '../content/image-store.js';
import type { Image } from '../content/image.js';
import type { Digest } from '../model/digest.js';
import type { ContainerDefaults } from '../model/image-config.js';
import type { Platform } from '../model/platform.js';
import type { Reference } from '../model/reference.js';
import type { LayerCompression } from '../model/media-type.js';
import type { Task } from '../progress.js';
import type { AttachOptions, ExecOptions, ExitStatus, Process, ProcessSpec } from '../runtime/runtime.js';
import type { ContainerOptions } from './containers/options.js';
import type { ContainerRecord } from './containers/record.js';
import type { EngineEvent, EventQuery } from './events.js';
import type { BuildEvent, BuildRequest, BuildResult } from './image-builder.js';
import type { NetworkOptions, NetworkRecord } from './networks/record.js';
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
  build(request: BuildRequest, options?: Cancellable): Task<BuildResult, BuildEvent>;
  /** Past events first, then those that come, until the signal ends it. */
  events(query?: EventQuery & Cancellable): AsyncIterable<EngineEvent>;
}

export interface Cancellable {
  readonly signal?: AbortSignal;
}

/** An image of the store: its record, and its documents for one platform. */
export type StoredImage = ImageRecord & Image;

export interface Images {
  list(): Promise<readonly ImageRecord[]>;
  /** By name, ID, ID prefix or digest. @throws CaissonError `not-found` */
  get(nameOrId: string, options?: { platform?: Platform }): Promise<StoredImage>;
  pull(name: string, options?: TransferOptions): Task<ImageRecord>;
  /** Resolves with the digest that the registry now has under the name. */
  push(name: string, options?: PushOptions): Task<Digest>;
  tag(nameOrId: string, name: string): Promise<void>;
  /** Takes one name away, or with an ID the whole image; tells what was done. @throws CaissonError `in-use` */
  remove(nameOrId: string, options?: { force?: boolean }): Promise<RemovedImage>;
  /** A docker-archive and OCI layout in one tar. */
  save(names: readonly string[], options?: Cancellable): AsyncIterable<Uint8Array>;
  load(archive: AsyncIterable<Uint8Array>, options?: Cancellable & { name?: string }): Task<readonly ImageRecord[]>;
  /** An image of one layer, from a tar of a root file system. */
  import(rootfs: AsyncIterable<Uint8Array>, options: ImportOptions): Task<ImageRecord>;
  /** Nameless images (with `all`: those that no container uses) go, then every blob and snapshot that nothing needs. */
  prune(options?: { all?: boolean }): Promise<Pruned>;
}

export interface TransferOptions extends Cancellable {
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
  list(query?: { all?: boolean }): Promise<readonly ContainerRecord[]>;
  /** By name, ID or ID prefix. @throws CaissonError `not-found` */
  get(nameOrId: string): Promise<ContainerRecord>;
  /** May be called before `start`: then no output is missed. */
  attach(nameOrId: string, options: AttachOptions): Promise<Process>;
  exec(nameOrId: string, process: ExecRequest, options: ExecOptions): Promise<Process>;
  wait(nameOrId: string, call?: Cancellable): Promise<ExitStatus>;
  kill(nameOrId: string, signal?: string | number): Promise<void>;
  /** Sends the stop signal, and after `timeout` seconds (default 10, -1 for ever) KILL. */
  stop(nameOrId: string, options?: Cancellable & { timeout?: number; signalName?: string }): Promise<void>;
  restart(nameOrId: string, options?: Cancellable & { timeout?: number }): Promise<void>;
  pause(nameOrId: string): Promise<void>;
  unpause(nameOrId: string): Promise<void>;
  rename(nameOrId: string, name: string): Promise<void>;
  remove(nameOrId: string, options?: { force?: boolean; volumes?: boolean }): Promise<void>;
  logs(nameOrId: string, options?: LogOptions): AsyncIterable<LogEntry>;
}

/** Absent fields are the container's own. */
export type ExecRequest = Pick<ProcessSpec, 'args'> & Partial<Omit<ProcessSpec, 'args'>>;

export interface LogOptions extends Cancellable {
  readonly follow?: boolean;
  readonly tail?: number;
  readonly since?: Date;
  readonly until?: Date;
}

export interface LogEntry {
  readonly stream: 'stdout' | 'stderr';
  readonly at: Date;
  /** RFC 3339 with nanoseconds, as it was recorded. */
  readonly timestamp: string;
  /** The bytes as they were written, with the line's end if it had one. */
  readonly data: Uint8Array;
}

export interface Volumes {
  create(options?: VolumeOptions): Promise<VolumeRecord>;
  list(): Promise<readonly VolumeRecord[]>;
  get(name: string): Promise<VolumeRecord>;
  remove(name: string, options?: { force?: boolean }): Promise<void>;
  prune(options?: { all?: boolean }): Promise<readonly VolumeRecord[]>;
}

export interface Networks {
  create(options: NetworkOptions): Promise<NetworkRecord>;
  list(): Promise<readonly NetworkRecord[]>;
  get(nameOrId: string): Promise<NetworkRecord>;
  remove(nameOrId: string): Promise<void>;
}
