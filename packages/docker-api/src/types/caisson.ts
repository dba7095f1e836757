import type { BuildEvent, BuildResult, ErrorCode, SourceRange } from '@caisson/core';

/**
 * `POST /caisson/v1/build`: one line of JSON, ended by a line feed; behind it, where the context is a `stream`, a tar (or a lone Dockerfile) as
 * the builder takes it. Names and platforms are written as users write them. Paths are on the daemon's host. What is absent means what it
 * means in core's BuildRequest.
 */
export interface CaissonBuildRequest {
  readonly context: { readonly kind: 'folder'; readonly path: string } | { readonly kind: 'stream' } | { readonly kind: 'url'; readonly url: string } | { readonly kind: 'none' };
  readonly dockerfile?: { readonly path: string } | { readonly text: string; readonly name: string };
  readonly target?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly platforms?: readonly string[];
  readonly tags?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly noCache?: boolean;
  readonly noCacheStages?: readonly string[];
  readonly baseFiles?: 'always' | 'needed';
  readonly pull?: boolean;
  readonly namedContexts?: Readonly<Record<string, string>>;
  /** One of `file`, `env` and `value` each. */
  readonly secrets?: readonly { readonly id: string; readonly file?: string; readonly env?: string; readonly value?: string }[];
  readonly ssh?: Readonly<Record<string, string>>;
  readonly network?: 'default' | 'none' | 'host';
  readonly allow?: readonly string[];
  readonly extraHosts?: readonly { readonly name: string; readonly address: string }[];
  readonly shmSize?: number;
  readonly ulimits?: readonly { readonly name: string; readonly soft: number; readonly hard: number }[];
  readonly sourceDateEpoch?: number;
  readonly squash?: boolean;
  readonly outputs?: readonly CaissonBuildOutput[];
  readonly cacheFrom?: readonly CaissonCacheLocation[];
  readonly cacheTo?: readonly (CaissonCacheLocation & { readonly mode?: 'min' | 'max' })[];
  readonly provenance?: 'min' | 'max';
  readonly sbom?: boolean;
  readonly cgroupParent?: string;
  readonly registryCredentials?: Readonly<Record<string, { readonly username?: string; readonly password?: string; readonly identityToken?: string; readonly registryToken?: string }>>;
}

export interface CaissonBuildOutput {
  readonly type: 'image' | 'oci' | 'docker' | 'tar' | 'local';
  readonly names?: readonly string[];
  readonly push?: boolean;
  readonly pushByDigest?: boolean;
  readonly store?: boolean;
  /** On the daemon's host; of all but `image`. */
  readonly destination?: string;
  readonly mode?: 'copy' | 'delete';
  readonly compression?: 'uncompressed' | 'gzip' | 'zstd';
  /** gzip 0 to 9, zstd 1 to 19. */
  readonly level?: number;
  /** Of the base's layers too, where they are compressed otherwise. */
  readonly force?: boolean;
}

export interface CaissonCacheLocation {
  readonly type: 'registry' | 'local' | 'inline';
  readonly reference?: string;
  readonly path?: string;
}

/** One line of the answer. The last one has a result or an error. */
export type CaissonBuildLine = { readonly event: BuildEvent } | { readonly result: BuildResult } | { readonly error: ErrorLine };

/** A CaissonError, whole. */
export interface ErrorLine {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly range?: SourceRange;
  readonly details?: Readonly<Record<string, unknown>>;
}
