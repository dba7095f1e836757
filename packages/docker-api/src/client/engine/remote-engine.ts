import { Task, type BuildEvent, type BuildRequest, type BuildResult, type Cancellable, type Engine, type EngineEvent, type EventQuery, type LayerIndexes } from '@caisson/core';
import { decodeEvent } from '../../decode/event.js';
import type { EventMessage } from '../../types/event.js';
import { ApiClient } from '../api-client.js';
import { buildCaisson } from '../build/caisson-build.js';
import { buildClassic } from '../build/remote-build.js';
import type { Endpoint } from '../connect/endpoint.js';
import { jsonLines } from '../streams/json-lines.js';
import { filters } from './prune-filters.js';
import type { Credentials } from './registry-auth.js';
import { RemoteContainers } from './remote-containers.js';
import { RemoteImages } from './remote-images.js';
import { RemoteNetworks } from './remote-networks.js';
import { RemoteRegistries } from './remote-registries.js';
import { RemoteBuilds, RemoteSystem } from './remote-system.js';
import { RemoteVolumes } from './remote-volumes.js';

export interface RemoteEngineOptions {
  /** Of the API, to be spoken without asking (DOCKER_API_VERSION). */
  readonly version?: string;
  /** For pulls, pushes and builds on the remote host. */
  readonly credentials?: Credentials;
  /** Keeps tables of contents of layers, for hosts that do not run Caisson; default: the user's cache folder. */
  readonly layerIndexes?: LayerIndexes;
}

/**
 * The engine of another host, or of another program on this one, by docker's API: Caisson's daemon, dockerd, podman's service. Nothing is
 * asked before the first call. Errors have the other side's message.
 */
export class RemoteEngine implements Engine {
  readonly client: ApiClient;
  readonly images: RemoteImages;
  readonly containers: RemoteContainers;
  readonly volumes: RemoteVolumes;
  readonly networks: RemoteNetworks;
  readonly builds: RemoteBuilds;
  readonly registries: RemoteRegistries;
  readonly system: RemoteSystem;
  readonly #credentials: Credentials | undefined;

  constructor(endpoint: Endpoint, { version, credentials, layerIndexes }: RemoteEngineOptions = {}) {
    this.client = new ApiClient(endpoint, version === undefined ? {} : { version });
    this.#credentials = credentials;
    this.images = new RemoteImages(this.client, credentials, layerIndexes);
    this.containers = new RemoteContainers(this.client, this.images);
    this.volumes = new RemoteVolumes(this.client);
    this.networks = new RemoteNetworks(this.client);
    this.builds = new RemoteBuilds(this.client);
    this.registries = new RemoteRegistries(this.client, credentials);
    this.system = new RemoteSystem(this.client);
  }

  build(request: BuildRequest, { signal }: Cancellable = {}): Task<BuildResult, BuildEvent> {
    return new Task(async (report) => (await this.client.handshake(signal)).caisson ? buildCaisson(this.client, this.#credentials, request, report, signal) : buildClassic({ client: this.client, credentials: this.#credentials, get: (id) => this.images.get(id) }, request, report, signal));
  }

  async *events({ since, until, types, signal }: EventQuery & Cancellable = {}): AsyncGenerator<EngineEvent, void> {
    const seconds = (date: Date | undefined) => date && (date.getTime() / 1000).toFixed(3);
    const answer = await this.client.stream({ path: '/events', query: { since: seconds(since), until: seconds(until), filters: filters({ type: types ?? [] }) }, ...(signal ? { signal } : {}) });
    let sequence = 0;
    try {
      for await (const message of jsonLines<EventMessage>(answer)) {
        const event = decodeEvent(message, ++sequence);
        if (event) yield event;
      }
    } catch (error) {
      // What was told to end has ended.
      if (!signal?.aborted) throw error;
    } finally {
      answer.destroy();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
  }
}
