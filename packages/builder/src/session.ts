import type { BuildEvent, BuildRequest, BuildStepInfo, Digest, Lease, Reference } from '@caisson/core';
import type { Dockerfile } from '@caisson/dockerfile';
import type { BuildCache, StepResult } from './cache/build-cache.js';
import type { Explainer } from './cache/explain.js';
import type { LayerStore } from './cache/layer-store.js';
import type { Contexts } from './context/contexts.js';
import type { BuilderHost, Execution } from './host.js';

/** What the parts of one build share. It ends with the build. */
export interface Session {
  readonly host: BuilderHost;
  readonly request: BuildRequest;
  /** Aborted by the caller, or by the first step that fails: then what still runs has no use. */
  readonly signal: AbortSignal;
  /** Ends the rest of the build: a step of it has failed. */
  fail(error: unknown): void;
  readonly report: (event: BuildEvent) => void;
  readonly lease: Lease;
  readonly cache: BuildCache;
  readonly layers: LayerStore;
  readonly contexts: Contexts;
  /** A folder of this build's own, removed at its end. */
  readonly scratch: string;
  readonly dates: Dates;
  /** Results being made: equal steps of one build are carried out once. */
  readonly running: Map<Digest, Promise<StepResult>>;
  /** Images that the build stands on or copies from, by name. */
  readonly bases: Map<string, { readonly reference: Reference; readonly digest: Digest }>;
  readonly execution: () => Promise<Execution>;
  /** The Dockerfile, read and parsed once. */
  readonly dockerfile: () => Promise<{ readonly file: Dockerfile; readonly name: string }>;
  /** Names of the ARGs that were come to, those of ONBUILD among them. */
  readonly declaredArgs: Set<string>;
}

/** What the build dates its results with. */
export interface Dates {
  /** Seconds since 1970, for files. */
  readonly files: number;
  /** SOURCE_DATE_EPOCH, where it is given: no file that a RUN makes is dated later. */
  readonly latest: number | undefined;
  /** ISO 8601, for the image and its history. */
  readonly created: string;
}

/** One step at work. */
export interface StepContext {
  readonly session: Session;
  readonly info: BuildStepInfo;
  readonly explainer: Explainer;
  /** The instruction after expansion, for explanations. */
  readonly instruction: string;
  /** Nothing may be taken from the cache. */
  readonly noCache: boolean;
}
