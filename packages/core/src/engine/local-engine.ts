import { join } from 'node:path';
import { Task } from '../progress.js';
import { checkStore, type CheckResult } from './check.js';
import { LocalContainers } from './containers/local-containers.js';
import { Lifecycle } from './containers/lifecycle.js';
import type { Cancellable, Engine } from './engine.js';
import { EventLog, type EngineEvent, type EventQuery } from './events.js';
import type { BuildEvent, BuildRequest, BuildResult, ImageBuilder } from './image-builder.js';
import { LocalImages } from './images/local-images.js';
import { LocalNetworks } from './networks/local-networks.js';
import type { EngineParts, EnginePaths } from './parts.js';
import type { RuntimeCapabilities } from '../runtime/runtime.js';
import { LocalVolumes } from './volumes/local-volumes.js';

/** The engine of this host: it works on its own state, with no daemon, beside any number of other processes that do the same. */
export class LocalEngine implements Engine {
  readonly images: LocalImages;
  readonly containers: LocalContainers;
  readonly volumes: LocalVolumes;
  readonly networks: LocalNetworks;
  readonly #parts: EngineParts;
  readonly #events: EventLog;

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#events = new EventLog(parts.db);
    this.images = new LocalImages(parts, this.#events);
    this.volumes = new LocalVolumes(parts.db, join(parts.paths.dataRoot, 'volumes'), this.#events);
    this.networks = new LocalNetworks(parts, this.#events);
    const lifecycle = new Lifecycle(parts, this.networks, this.volumes, this.#events);
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

  /** The builder itself, for its cache and its history. */
  builder(): Promise<ImageBuilder> {
    return this.#parts.builder();
  }

  /** Proves the data root whole; see `checkStore`. */
  async check(options: Cancellable & { repair?: boolean } = {}): Promise<CheckResult> {
    const { db, content, images, paths } = this.#parts;
    const snapshotter = await this.#parts.runtime().then(
      (host) => host.snapshotter,
      () => undefined,
    );
    return checkStore({ db, content, images, containersFolder: join(paths.dataRoot, 'containers'), ...(snapshotter ? { snapshotter } : {}) }, options);
  }

  /** Where state lies, and what the runtime can do here; the runtime's error where there is none. */
  async info(): Promise<{ paths: EnginePaths; runtime?: RuntimeCapabilities & { name: string }; problem?: string }> {
    const { paths } = this.#parts;
    try {
      const { runtime } = await this.#parts.runtime();
      return { paths, runtime: { name: runtime.name, ...(await runtime.capabilities()) } };
    } catch (error) {
      return { paths, problem: error instanceof Error ? error.message : String(error) };
    }
  }

  events(query: EventQuery & Cancellable = {}): AsyncIterable<EngineEvent> {
    return this.#events.follow(query);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.networks.takeDownLent();
    this.#parts.db.close();
  }
}
