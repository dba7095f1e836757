import type { LayoutStore } from '../content/layout-store.js';
import type { ImageStore } from '../content/image-store.js';
import type { Syscalls } from '../layers/syscalls.js';
import type { Reference } from '../model/reference.js';
import type { DeviceEdits, Differ, Mount, NetworkDriver, Resources, Runtime, RuntimeState, Snapshotter } from '../runtime/index.js';
import type { StateDatabase } from '../state/database.js';
import type { ImageSink, ImageSource } from '../transfer/image-source.js';
import type { Cancellable, PathStat, WriteOptions } from './engine.js';
import type { ImageBuilder } from './image-builder.js';
import type { AddressPool } from './networks/address.js';
import type { Registries, RegistryCredentials } from './registries.js';

/** The folders that one engine's state lives in. */
export interface EnginePaths {
  /** Survives reboots: `/var/lib/caisson`. */
  readonly dataRoot: string;
  /** Emptied by a reboot: `/run/caisson`. */
  readonly runRoot: string;
}

/** A container's root file system, open until it is disposed of. Reach into it through `path`, folder by folder: links in it may lead anywhere. */
export interface OpenedRoot extends Disposable {
  /** Of a container in a user namespace that runs: what its IDs are on the host, from 0 on. Absent: they are the same. */
  readonly firstIds?: { readonly uid: number; readonly gid: number };
  readonly fd: number;
  /** For node:fs; only in this process. */
  readonly path: string;
}

/** A file or folder of the host that a container has in its own tree. */
export interface OverMount {
  readonly source: string;
  readonly destination: string;
  readonly readOnly: boolean;
}

export interface SnapshotRoot {
  /** Only `write` may change it, and only while nothing runs on the snapshot. */
  readonly access: 'read' | 'write';
  /** What is mounted over it; nothing by default. */
  readonly over?: readonly OverMount[];
  readonly readOnlyRoot?: boolean;
}

/** The way into containers' root file systems from outside. Nothing stays mounted, however a call or the process ends. */
export interface RootAccess {
  /** As the process itself sees it, with all that is mounted in it. @throws CaissonError `in-use` when it has ended */
  ofProcess(pid: number): OpenedRoot;
  /** Of a container that does not run. Reading does not disturb one that does. */
  ofSnapshot(key: string, root: SnapshotRoot): Promise<OpenedRoot>;
}

/** A container as HostFiles are asked about it. */
export interface ContainerTarget {
  readonly id: string;
  /** For errors. */
  readonly name: string;
  readonly running: boolean;
  /** As it was asked for when the container was made. */
  readonly isolation?: string;
}

/**
 * The files of containers, on hosts that have another way to them than an open root: see `Containers` for what each call does. While one
 * is going on, the engine neither starts nor removes the container.
 */
export interface HostFiles {
  stat(container: ContainerTarget, path: string, call?: Cancellable): Promise<PathStat>;
  read(container: ContainerTarget, path: string, call?: Cancellable): Promise<{ readonly stat: PathStat; readonly tar: AsyncIterable<Uint8Array> }>;
  write(container: ContainerTarget, path: string, tar: AsyncIterable<Uint8Array>, options?: WriteOptions): Promise<void>;
}

/** The host's half: what can run containers here. */
export interface RuntimeParts {
  readonly runtime: Runtime;
  readonly snapshotter: Snapshotter;
  readonly differ: Differ;
  readonly network: NetworkDriver;
  readonly roots: RootAccess;
  /** Instead of `roots`, for what goes in and out of containers. */
  readonly files?: HostFiles;
  readonly syscalls: () => Syscalls;
  /** For devices by their names of the Container Device Interface. @throws CaissonError `not-found` */
  deviceEdits?(this: void, names: readonly string[]): DeviceEdits;
  /** Mounts a snapshot for the time of `use`, which gets the path. */
  mounted<T>(mounts: readonly Mount[], use: (path: string) => T | Promise<T>): Promise<T>;
  /**
   * Copies the contents of folder `path` below `root` into the folder `target`, with the folder's own owner and mode. Links in `path` are
   * followed within `root` only. Quietly nothing where there is no such folder.
   */
  copyTree(root: string, path: string, target: string): Promise<void>;
}

/** The other side of pull and push, and what else registries are asked. Without credentials, those that the host's configuration has. */
export interface RegistryAccess extends Registries {
  source(reference: Reference, credentials?: RegistryCredentials | AskCredentials): ImageSource;
  sink(reference: Reference, credentials?: RegistryCredentials | AskCredentials): ImageSink;
}

/** Asked when a registry wants some, by its domain as references have it; undefined for none. */
export type AskCredentials = (registry: string) => Promise<RegistryCredentials | undefined>;

/**
 * What a local engine is composed from. Whatever is dear to load or may be missing on a host comes by a function, called on first
 * use; its error is the one that the user sees.
 */
export interface EngineParts {
  /** Of Caisson, for `info`. */
  readonly version: string;
  readonly paths: EnginePaths;
  readonly db: StateDatabase;
  readonly content: LayoutStore;
  readonly images: ImageStore;
  runtime(): Promise<RuntimeParts>;
  /** `Runtime.state` of a container that lives, where that can be told without `runtime()`; undefined for all others, and absent where it cannot. */
  living?(id: string): RuntimeState | undefined;
  registry(): Promise<RegistryAccess>;
  builder(): Promise<ImageBuilder>;
  /**
   * What the monitor runs when a container has exited and nobody looks after it: a command that calls `containers.finish`. With an `execId`:
   * what it runs when that has ended, with the exit code as one more argument: a command that calls `containers.execEnded`.
   */
  exitCommand(id: string, execId?: string): readonly string[] | undefined;
  /** Starts a process that calls `attend` and outlives this one; absent: nobody checks health, rotates logs and sends them. */
  attend?(): void;
  /** Blobs that a pull and a push move at once; absent: what `copy` does by itself. Asked each time. */
  transferLimits?(): { readonly downloads?: number; readonly uploads?: number };
  /** This process stays, and tidies up itself after the containers that it starts. */
  readonly resident?: boolean;
  /** What containers have that say nothing themselves; asked when one is created. */
  defaults?(): ContainerDefaultsOfHost;
}

/** From the engine's config file. */
export interface ContainerDefaultsOfHost {
  readonly logDriver?: string;
  readonly logOptions?: Readonly<Record<string, string>>;
  readonly ulimits?: Resources['ulimits'];
  readonly shmSize?: number;
  readonly init?: boolean;
  readonly cgroupParent?: string;
  readonly noNewPrivileges?: boolean;
  readonly dns?: readonly string[];
  readonly dnsSearch?: readonly string[];
  readonly dnsOptions?: readonly string[];
  /** Of the default bridge: its address with the prefix of its subnet, and its MTU. */
  readonly bip?: string;
  readonly mtu?: number;
  /** Where new networks get their IPv4 subnets from. */
  readonly addressPools?: readonly AddressPool[];
  /** As in ContainerOptions: `remap:USER`, or `auto`. */
  readonly usernsMode?: string;
  /** As in ContainerOptions: a name such as `crun`, or a path. */
  readonly ociRuntime?: string;
}
