import type { BuildRecord, CacheEntry, ContainerSummary, Engine, EngineEvent, ImageSummary, NetworkRecord, VolumeRecord } from '@caisson/core';
import { LiveList } from './live-list.js';

/** Events that change nothing of what a view shows. */
const quiet = new Set(['resize', 'attach', 'detach', 'exec_create', 'exec_start', 'exec_die', 'exec_detach', 'top', 'archive-path', 'extract-to-dir', 'export', 'push', 'save']);

/** How long to gather events before the lists are asked for again, in milliseconds. */
const pause = 60;

/** What the engine has, list by list, kept up to date by its events while somebody watches. */
export class Inventory {
  readonly #engine: () => Promise<Engine>;
  readonly images: LiveList<ImageSummary>;
  readonly containers: LiveList<ContainerSummary>;
  readonly volumes: LiveList<VolumeRecord>;
  readonly networks: LiveList<NetworkRecord>;
  readonly builds: LiveList<BuildRecord>;
  readonly cache: LiveList<CacheEntry>;
  #watch: AbortController | undefined;

  constructor(engine: () => Promise<Engine>) {
    this.#engine = engine;
    this.images = new LiveList(async () => (await engine()).images.list());
    this.containers = new LiveList(async () => (await engine()).containers.list({ all: true }));
    this.volumes = new LiveList(async () => (await engine()).volumes.list());
    this.networks = new LiveList(async () => (await engine()).networks.list());
    this.builds = new LiveList(async () => (await engine()).builds.history());
    this.cache = new LiveList(async () => (await engine()).builds.cache());
  }

  get #all(): readonly LiveList<unknown>[] {
    return [this.images, this.containers, this.volumes, this.networks, this.builds, this.cache];
  }

  /** Follows the engine's events until `reset` or `unwatch`; resolves when they end, for whatever reason. */
  async watch(onEvent?: (event: EngineEvent) => void): Promise<void> {
    if (this.#watch !== undefined) return;
    const controller = (this.#watch = new AbortController());
    const dirty = new Set<LiveList<unknown>>();
    let timer: NodeJS.Timeout | undefined;
    try {
      const engine = await this.#engine();
      for await (const event of engine.events({ signal: controller.signal })) {
        onEvent?.(event);
        if (quiet.has(event.action) || event.action.startsWith('exec_')) continue;
        for (const list of this.#affected(event)) dirty.add(list);
        timer ??= setTimeout(() => {
          timer = undefined;
          const lists = [...dirty];
          dirty.clear();
          for (const list of lists) void list.refresh();
        }, pause);
      }
    } finally {
      clearTimeout(timer);
      if (this.#watch === controller) this.#watch = undefined;
      for (const list of dirty) void list.refresh();
    }
  }

  /** Loads anew all that somebody has asked for: something may have happened that no event told of. */
  async refreshKnown(): Promise<void> {
    await Promise.all(this.#all.filter((list) => list.state.kind !== 'unknown').map((list) => list.refresh()));
  }

  unwatch(): void {
    this.#watch?.abort();
    this.#watch = undefined;
  }

  reset(): void {
    this.unwatch();
    for (const list of this.#all) list.reset();
  }

  /** Only lists that somebody has asked for are kept up to date. */
  #affected({ type, action }: EngineEvent): readonly LiveList<unknown>[] {
    const lists = (): readonly LiveList<unknown>[] => {
      switch (type) {
        case 'container':
          // The last container of an anonymous volume takes it along.
          return action === 'destroy' ? [this.containers, this.volumes, this.networks] : action === 'commit' ? [this.containers, this.images] : [this.containers];
        case 'image':
          return [this.images, this.containers];
        case 'volume':
          return [this.volumes];
        case 'network':
          return [this.networks, this.containers];
        case 'builder':
          return [this.builds, this.cache, this.images];
      }
    };
    return lists().filter((list) => list.state.kind !== 'unknown');
  }
}
