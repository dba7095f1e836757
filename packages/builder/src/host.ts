import type { DeviceEdits, Differ, Digest, Image, ImageStore, RegistryAccess, LayoutStore, Mount, OnProgress, Platform, Reference, Runtime, Snapshotter, StateDatabase } from '@caisson/core';

/**
 * What a builder is given. The store's half is always there; what runs containers is asked for only when a RUN has to be run, so that
 * a build of nothing but COPY works where there is no runtime.
 */
export interface BuilderHost {
  readonly content: LayoutStore;
  readonly images: ImageStore;
  readonly db: StateDatabase;
  /** Folder for what can be made again: digests of context files, indexes of layers, RUN's cache mounts. */
  readonly cacheFolder: string;
  /** Folder for what lasts as long as a build. On the same file system as the store at best. */
  readonly scratchFolder: string;
  /** Folder for locks between processes. */
  readonly locksFolder: string;
  /** What RUN runs as without emulation. */
  readonly platform: Platform;
  /**
   * The image of this name for a platform, from the store or, where it is not there or `pull` is set, from its registry. Its layers
   * need not be in the store.
   */
  resolveImage(reference: Reference, options: ResolveOptions): Promise<Image>;
  /** Brings a layer of such an image into the store. */
  fetchLayer(reference: Reference, image: Image, place: number, options: FetchOptions): Promise<void>;
  /** For outputs and caches that lie in a registry. */
  registry(): Promise<RegistryAccess>;
  /** @throws CaissonError that says why nothing can be run here. */
  execution(): Promise<Execution>;
}

export interface FetchOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

export interface ResolveOptions extends FetchOptions {
  readonly platform: Platform;
  readonly pull: boolean;
}

/** What RUN needs. */
export interface Execution {
  readonly runtime: Runtime;
  readonly snapshotter: Snapshotter;
  readonly differ: Differ;
  /** For RUN --device; absent where the host knows of no such devices. */
  deviceEdits?(this: void, names: readonly string[]): DeviceEdits;
  /** Mounts a snapshot for the time of `use`, which gets the path. */
  mounted<T>(mounts: readonly Mount[], use: (path: string) => T | Promise<T>): Promise<T>;
  /** The network of one RUN; `default` is what containers get without asking. */
  network(id: string, mode: 'default' | 'none' | 'host'): Promise<StepNetwork>;
}

export interface StepNetwork extends AsyncDisposable {
  /** As in ContainerSpec: a path, `host`, or undefined for loopback alone. */
  readonly namespace: string | undefined;
  /** Content for /etc/resolv.conf; undefined without a network. */
  readonly resolvConf: string | undefined;
}

/** A layer of the image in the making. */
export interface StackedLayer {
  readonly diffId: Digest;
  /** As it stands in the manifest: base layers keep the form that their registry has. */
  readonly descriptor: Image['descriptor'];
}
