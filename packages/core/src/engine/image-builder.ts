import type { Descriptor } from '../model/descriptor.js';
import type { Digest } from '../model/digest.js';
import type { ContainerDefaults, ImageConfig } from '../model/image-config.js';
import type { Platform } from '../model/platform.js';
import type { Reference } from '../model/reference.js';
import type { CaissonError, SourceRange } from '../errors.js';
import type { Progress, Task } from '../progress.js';
import type { RegistryCredentials } from './registries.js';
import type { ExecOptions, Process } from '../runtime/runtime.js';

/**
 * Makes images from Dockerfiles. One call is one build: it reads the Dockerfile, solves what the target needs, and when all of it is
 * in the content store records the image under its names. A build that fails, is cancelled or killed leaves no image; the steps that
 * were finished stay in the cache.
 */
export interface ImageBuilder {
  /** @throws CaissonError `build-failed` for a RUN that fails; `invalid-content` with a range for a fault in the Dockerfile; … */
  build(request: BuildRequest, options?: { readonly signal?: AbortSignal }): Task<BuildResult, BuildEvent>;
  /** The Dockerfile that a build of this request would read. @throws CaissonError `not-found` that names the file and where it was looked for */
  dockerfile(request: BuildRequest, options?: { readonly signal?: AbortSignal }): Promise<DockerfileText>;
  /** What the cache holds, most recently used first. */
  cacheUsage(): Promise<readonly CacheEntry[]>;
  /** Forgets results, least recently used first, and frees the space that nothing else needs. */
  pruneCache(options?: PruneCacheOptions): Promise<PrunedCache>;
  /** Builds of the past, the latest first. */
  history(): Promise<readonly BuildRecord[]>;
  /** An image's defaults after Dockerfile instructions that make no layer. @throws CaissonError `invalid-argument` that names the instruction */
  applyChanges(config: ContainerDefaults, instructions: readonly string[]): ContainerDefaults;
}

export interface DockerfileText {
  readonly text: string;
  /** For messages. */
  readonly name: string;
  /** Absolute, where it is a file of the host. */
  readonly path?: string;
}

export interface CacheEntry {
  /** A layer's digest, or the ID of a cache mount. */
  readonly id: string;
  readonly kind: 'layer' | 'mount';
  readonly bytes: number;
  /** What made it: `[build 2/5] RUN npm ci`. */
  readonly description: string;
  readonly created: Date;
  readonly used: Date;
  readonly uses: number;
}

export interface PruneCacheOptions {
  /** Only what was last used before this. */
  readonly before?: Date;
  /** Only until no more than this is left. */
  readonly keepBytes?: number;
  /** Only entries of this kind. */
  readonly kind?: CacheEntry['kind'];
}

export interface PrunedCache {
  readonly entries: readonly CacheEntry[];
  /** Of the entries; layers that images hold stay on the disk. */
  readonly bytes: number;
}

export interface BuildRecord {
  readonly id: string;
  readonly name: string;
  readonly status: 'running' | 'completed' | 'failed' | 'cancelled' | 'died';
  readonly started: Date;
  readonly finished?: Date;
  readonly steps: BuildResult['steps'];
  readonly imageId?: Digest;
  readonly error?: string;
}

/** What to build, from what, and how. */
export interface BuildRequest {
  readonly context: BuildContext;
  /** Absent: the file named Dockerfile in the context. */
  readonly dockerfile?: DockerfileSource;
  /** Name or number of the stage to build; absent: the last one. */
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** Absent: this host's. Several make an index. */
  readonly platforms?: readonly Platform[];
  /** Names for the image in the store. */
  readonly tags?: readonly Reference[];
  readonly labels?: Readonly<Record<string, string>>;
  /** On the manifest. A key may have a type in front, as buildx has it: `index:key`. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Takes nothing from the cache; `noCacheStages` only for these stages. */
  readonly noCache?: boolean;
  readonly noCacheStages?: readonly string[];
  /**
   * When the layers of a base in a registry are read for COPY, ADD and WORKDIR: always, or only where what they write may meet something
   * of the base (absent).
   */
  readonly baseFiles?: 'always' | 'needed';
  /** Asks the registry even for bases that the store has. */
  readonly pull?: boolean;
  /** `--build-context`: a folder, `docker-image://`, `oci-layout://`, git or http(s) URL by name. */
  readonly namedContexts?: Readonly<Record<string, string>>;
  readonly secrets?: readonly BuildSecret[];
  /** `--ssh`: by id, an agent's socket. */
  readonly ssh?: Readonly<Record<string, string>>;
  /** For RUN without `--network`. */
  readonly network?: 'default' | 'none' | 'host';
  /** What the build may do beyond the usual: `network.host`, `security.insecure`, `device`. */
  readonly allow?: readonly string[];
  readonly extraHosts?: readonly { readonly name: string; readonly address: string }[];
  /** Bytes of /dev/shm in RUN. */
  readonly shmSize?: number;
  readonly ulimits?: readonly { readonly name: string; readonly soft: number; readonly hard: number }[];
  /** cgroup that those of RUN are made in. */
  readonly cgroupParent?: string;
  /** Seconds since 1970 for all that the build dates; else the build argument SOURCE_DATE_EPOCH, else fixed times. */
  readonly sourceDateEpoch?: number;
  /** Joins all layers of the build into one. */
  readonly squash?: boolean;
  /** Absent: the image goes into the store. */
  readonly outputs?: readonly BuildOutput[];
  readonly cacheFrom?: readonly CacheLocation[];
  readonly cacheTo?: readonly CacheDestination[];
  /** Called when a RUN has failed, with its file system, mounts and network as it left them; the build goes on failing when it has returned. */
  readonly debug?: (failed: FailedStep) => Promise<void>;
  readonly provenance?: 'min' | 'max';
  readonly sbom?: boolean;
  /** By registry host, for bases, caches and pushes; absent: what this host's docker configuration has. */
  readonly registryCredentials?: Readonly<Record<string, RegistryCredentials>>;
  /** Asked for what the request itself does not have. */
  readonly client?: BuildClient;
}

/**
 * Whoever wants the build, on another machine: it has secrets, agents and credentials that are asked for when a step needs them, and it may
 * not have them. Its calls reject when it has gone.
 */
export interface BuildClient {
  /** Undefined where it has no such secret. */
  secret(id: string, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** A socket on this host that leads to its SSH agent; undefined where it has no such agent. */
  agent(id: string, signal: AbortSignal): Promise<string | undefined>;
  /** What it is known by to a registry; undefined where it is not. */
  credentials(registry: string): Promise<RegistryCredentials | undefined>;
}

/** A RUN that failed, to be looked into. */
export interface FailedStep {
  readonly step: BuildStepInfo;
  readonly error: CaissonError;
  /** Runs another command in its place, with its environment, user and folder. */
  run(args: readonly string[], options: ExecOptions & { readonly terminal: boolean }): Promise<Process>;
}

export type BuildContext =
  /**
   * With `fill` its files come from elsewhere: it is called once, when something first reads of the folder, and what it leaves out is left
   * out: no `.dockerignore` counts then.
   */
  | { readonly kind: 'folder'; readonly path: string; readonly fill?: (signal: AbortSignal) => Promise<void> }
  /** A tar, in any compression that ADD knows, or a lone Dockerfile: told by its content. */
  | { readonly kind: 'stream'; readonly stream: AsyncIterable<Uint8Array> }
  /** A git URL with `#ref:folder`, or an http(s) URL of a tar or of a Dockerfile. */
  | { readonly kind: 'url'; readonly url: string }
  /** Nothing to copy from. */
  | { readonly kind: 'none' };

/** `path` is one of the host for a folder context, and one in the context for the others. */
export type DockerfileSource = { readonly path: string } | { readonly text: string; readonly name: string };

/** The value comes from a file or a variable of the caller's environment, and is read when a RUN asks for it. */
export type BuildSecret = { readonly id: string } & ({ readonly file: string } | { readonly env: string } | { readonly value: string });

export type BuildOutput =
  /** `store: false` with `push` sends the image to its registry and records nothing here. With `pushByDigest` it is there under its digest alone. */
  | { readonly type: 'image'; readonly names?: readonly Reference[]; readonly push?: boolean; readonly pushByDigest?: boolean; readonly store?: boolean; readonly compression?: OutputCompression }
  | ArchiveOutput
  | { readonly type: 'local'; readonly destination: string; readonly mode?: 'copy' | 'delete' };

/** One file: an OCI layout and docker-archive in one (`oci`, `docker`), or the root file system alone (`tar`). */
export interface ArchiveOutput {
  readonly type: 'oci' | 'docker' | 'tar';
  /** A path, or what takes the bytes. */
  readonly destination: string | ((data: Uint8Array) => Promise<void>);
  /** Of layers; absent: as they are in the store, those made here uncompressed. */
  readonly compression?: OutputCompression;
}

export interface OutputCompression {
  readonly type: 'uncompressed' | 'gzip' | 'zstd';
  /** gzip 0 to 9, zstd 1 to 19. */
  readonly level?: number;
  /** Of the base's layers too, where they are compressed otherwise. */
  readonly force?: boolean;
}

export type CacheLocation = { readonly type: 'registry'; readonly reference: Reference } | { readonly type: 'local'; readonly path: string } | { readonly type: 'inline'; readonly reference?: Reference };

export type CacheDestination = CacheLocation & {
  readonly mode?: 'min' | 'max';
  /** Absent: gzip to a registry, zstd into a folder. `inline` goes with the image's own layers. */
  readonly compression?: OutputCompression;
  /** That it cannot be written is a warning, and the build has succeeded all the same. */
  readonly ignoreError?: boolean;
};

export interface BuildResult {
  /** The manifest, or the index of several platforms. */
  readonly root: Descriptor;
  /** Digest of the config for this host's platform, or of the first one: docker's image ID. */
  readonly imageId: Digest;
  readonly images: readonly BuiltImage[];
  /** What outputs have sent to registries: layers are compressed on their way there, so that the digest is another than that of `root`. */
  readonly pushed?: readonly { readonly name: Reference; readonly root: Descriptor }[];
  readonly steps: { readonly total: number; readonly cached: number };
}

export interface BuiltImage {
  readonly platform: Platform;
  readonly manifest: Descriptor;
  readonly imageId: Digest;
  readonly config: ImageConfig;
}

/** One instruction of one stage, for one platform. */
export interface BuildStepInfo {
  /** The same in each build of the same Dockerfile: `stage/number`, with the platform in front where there are several. */
  readonly id: string;
  readonly stage: string;
  /** `[build 2/5] RUN npm ci`. */
  readonly title: string;
  readonly range: SourceRange;
}

/** What happens, as it happens. A step begins with `started` and ends with `done` or `failed`; between them is `hit` or `miss` for steps that make layers. */
export type BuildEvent =
  /** Once for each stage that is needed, before its first step. */
  | { readonly type: 'stage'; readonly stage: string; readonly steps: readonly BuildStepInfo[] }
  /** A stage that the target does not need. */
  | { readonly type: 'skipped'; readonly stage: string; readonly why: string }
  | { readonly type: 'started'; readonly step: BuildStepInfo }
  | { readonly type: 'hit'; readonly step: string; readonly key: Digest }
  | { readonly type: 'miss'; readonly step: string; readonly key: Digest; readonly reason: MissReason }
  /** What a RUN prints, in pieces that end at a line's end where there is one. */
  | { readonly type: 'output'; readonly step: string; readonly stream: 'stdout' | 'stderr'; readonly text: string }
  /** One line on what a step does that people may wonder at: why it reads the base's layers. */
  | { readonly type: 'note'; readonly step: string; readonly message: string }
  | { readonly type: 'progress'; readonly step: string; readonly progress: Progress }
  | { readonly type: 'done'; readonly step: string; readonly seconds: number; readonly cached: boolean; readonly layer?: { readonly diffId: Digest; readonly size: number } }
  | { readonly type: 'failed'; readonly step: string; readonly message: string }
  | { readonly type: 'warning'; readonly message: string; readonly range?: SourceRange };

/** Why a step could not be taken from the cache. */
export interface MissReason {
  readonly kind:
    | 'first-build' // this step of this target has not been built here before
    | 'no-cache' // the request said so
    | 'instruction' // its text changed
    | 'variables' // a build argument or environment variable that it can see changed
    | 'base' // the base image is another one
    | 'parent' // the step before it made another layer
    | 'files' // files that it copies changed
    | 'other-stage' // the stage it copies or mounts from made something else
    | 'settings' // network, mounts, platform, dates
    | 'gone'; // nothing changed, but its result was pruned
  /** One line for people: «package.json changed». */
  readonly text: string;
  /** What changed, one by one: files, variables. At most 100. */
  readonly changes: readonly { readonly what: string; readonly how: 'added' | 'removed' | 'changed' }[];
}
