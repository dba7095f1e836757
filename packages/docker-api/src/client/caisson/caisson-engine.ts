import { Task, type BuildEvent, type BuildRequest, type BuildResult, type Cancellable } from '@caisson/core';
import type { Endpoint } from '../connect/endpoint.js';
import { RemoteEngine, type RemoteEngineOptions } from '../engine/remote-engine.js';
import { buildOnCaisson } from './caisson-build.js';
import { CaissonBuilds } from './caisson-builds.js';
import { CaissonImages } from './caisson-images.js';

export interface OpenRemoteOptions extends RemoteEngineOptions {
  readonly signal?: AbortSignal;
  /** Whether paths mean the same on both sides, so that the daemon can read a context itself; default: for unix sockets. */
  readonly sameHost?: boolean;
}

/** Caisson's daemon: docker's API, and its own endpoints for what that has no place for: every feature of the builder, files of images, builds of the past. */
export class CaissonEngine extends RemoteEngine {
  declare readonly images: CaissonImages;
  declare readonly builds: CaissonBuilds;
  readonly #sameHost: boolean;

  constructor(endpoint: Endpoint, options: OpenRemoteOptions = {}) {
    super(endpoint, options);
    this.#sameHost = options.sameHost ?? endpoint.kind === 'unix';
    this.images = new CaissonImages(this.client, options.credentials);
    this.builds = new CaissonBuilds(this.client);
  }

  override build(request: BuildRequest, { signal }: Cancellable = {}): Task<BuildResult, BuildEvent> {
    return new Task((report) => buildOnCaisson(this.client, this.#sameHost, request, report, signal));
  }
}

/** Asks who is there, and opens what fits. @throws CaissonError `unavailable`, `denied`, `unsupported` */
export async function openRemoteEngine(endpoint: Endpoint, options: OpenRemoteOptions = {}): Promise<RemoteEngine> {
  const plain = new RemoteEngine(endpoint, options);
  try {
    const { caisson } = await plain.client.handshake(options.signal);
    if (!caisson) return plain;
  } catch (error) {
    await plain[Symbol.asyncDispose]();
    throw error;
  }
  await plain[Symbol.asyncDispose]();
  return new CaissonEngine(endpoint, options);
}
