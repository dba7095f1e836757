import { join } from 'node:path';
import { Task } from '../progress.js';
import { checkRunning } from './check-running.js';
import { checkStore, type CheckResult } from './check.js';
import { LocalContainers } from './containers/local-containers.js';
import { Lifecycle } from './containers/lifecycle.js';
import type { Builds, Cancellable, Engine, System } from './engine.js';
import { EventLog, type EngineEvent, type EventQuery } from './events.js';
import type { BuildEvent, BuildRequest, BuildResult, DockerfileText } from './image-builder.js';
import { LocalImages } from './images/local-images.js';
import { LocalNetworks } from './networks/local-networks.js';
import { layerIndexes } from './layer-indexes.js';
import { LocalSystem } from './local-system.js';
import type { EngineParts } from './parts.js';
import type { Registries } from './registries.js';
import { LocalVolumes } from './volumes/local-volumes.js';

/** The engine of this host: it works on its own state, with no daemon, beside any number of other processes that do the same. */
export class LocalEngine implements Engine {
  readonly images: LocalImages;
  readonly containers: LocalContainers;
  readonly volumes: LocalVolumes;
  readonly networks: LocalNetworks;
  readonly builds: Builds;
  readonly registries: Registries;
  readonly system: System;
  readonly #parts: EngineParts;
  readonly #events: EventLog;
  readonly #lifecycle: Lifecycle;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#events = new EventLog(parts.db);
    this.images = new LocalImages(parts, this.#events);
    this.volumes = new LocalVolumes(parts.db, join(parts.paths.dataRoot, 'volumes'), this.#events);
    this.networks = new LocalNetworks(parts, this.#events, () => lifecycle);
    const lifecycle = new Lifecycle(parts, this.networks, this.volumes, this.#events);
    this.#lifecycle = lifecycle;
    this.builds = {
      history: async () => (await parts.builder()).history(),
      cache: async () => (await parts.builder()).cacheUsage(),
      prune: async (options) => {
        const pruned = await (await parts.builder()).pruneCache(options);
        this.#events.recordPrune('builder', pruned.bytes);
        return pruned;
      },
    };
    this.registries = {
      login: async (...args) => (await parts.registry()).login(...args),
      inspect: async (...args) => (await parts.registry()).inspect(...args),
      search: async (...args) => (await parts.registry()).search(...args),
    };
    this.system = new LocalSystem(parts, this.volumes);
    this.containers = new LocalContainers(parts, this.images, this.volumes, this.#events, lifecycle);
  }

  build(request: BuildRequest, { signal }: Cancellable = {}): Task<BuildResult, BuildEvent> {
    return new Task(async (report) => {
      const builder = await this.#parts.builder();
      const task = builder.build(request, signal ? { signal } : {});
      for await (const event of task) report(event);
      return task;
    });
  }

  /** The Dockerfile that a build of this request would read; see `ImageBuilder.dockerfile`. */
  async dockerfile(request: BuildRequest, options: Cancellable = {}): Promise<DockerfileText> {
    return (await this.#parts.builder()).dockerfile(request, options);
  }

  /** Proves the data root whole; see `checkStore`. */
  async check(options: Cancellable & { repair?: boolean } = {}): Promise<CheckResult> {
    const { db, content, images, paths } = this.#parts;
    const host = await this.#parts.runtime().catch(() => undefined);
    const result = await checkStore({ db, content, images, indexes: layerIndexes(this.#parts), containersFolder: join(paths.dataRoot, 'containers'), ...(host ? { host } : {}) }, options);
    return host ? { ...result, faults: [...result.faults, ...(await checkRunning(host, this.#lifecycle, paths.runRoot, options))] } : result;
  }

  /**
   * What running containers need beside them: health checks, rotated logs, logs sent elsewhere. Resolves when nothing is left to do or another
   * process does it. Called by a process of its own, which `EngineParts.attend` starts.
   */
  async attend(signal: AbortSignal): Promise<void> {
    const { Attendant } = await import('./attendant/attendant.js');
    await new Attendant(this.#parts, this.#lifecycle, this.#events, this.#lifecycle.attendance).run(signal);
  }

  events(query: EventQuery & Cancellable = {}): AsyncIterable<EngineEvent> {
    return this.#events.follow(query);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lifecycle.leave();
    await this.networks.takeDownLent();
    this.#parts.db.close();
  }
}
