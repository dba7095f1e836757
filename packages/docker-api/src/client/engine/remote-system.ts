import type { Builds, BuildRecord, CacheEntry, DiskUsage, EngineInfo, PruneCacheOptions, PrunedCache, System } from '@caisson/core';
import { decodeCacheRecord, decodeInfo, decodeUsage } from '../../decode/system.js';
import type { BuildCacheRecord, BuildPruneResponse } from '../../types/build.js';
import type { SystemInfo, SystemUsage, SystemVersion } from '../../types/system.js';
import type { ApiClient } from '../api-client.js';
import { filters } from './prune-filters.js';

export class RemoteSystem implements System {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  async info(): Promise<EngineInfo> {
    const [info, { caisson }, version] = await Promise.all([this.#client.call<SystemInfo>({ path: '/info' }), this.#client.handshake(), this.version()]);
    const podman = version.Components?.some(({ Name }) => /podman/i.test(Name));
    return decodeInfo(info, caisson ? 'caisson' : podman ? 'podman' : 'docker');
  }

  async usage(): Promise<DiskUsage> {
    return decodeUsage(await this.#client.call<SystemUsage>({ path: '/system/df' }));
  }

  /** docker's `GET /version`. */
  version(): Promise<SystemVersion> {
    return this.#client.call<SystemVersion>({ path: '/version' });
  }
}

/** docker's API knows the cache of builds and how to prune it; builds of the past only a host that runs Caisson tells of. */
export class RemoteBuilds implements Builds {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  async history(): Promise<readonly BuildRecord[]> {
    if (!(await this.#client.handshake()).caisson) return [];
    const builds = await this.#client.document<BuildRecord[]>({ path: '/caisson/v1/builds' });
    return builds.map((build) => ({ ...build, started: new Date(build.started), ...(build.finished === undefined ? {} : { finished: new Date(build.finished) }) }));
  }

  async cache(): Promise<readonly CacheEntry[]> {
    return (await this.#records()).map(decodeCacheRecord).sort((a, b) => b.used.getTime() - a.used.getTime());
  }

  async #records(): Promise<readonly BuildCacheRecord[]> {
    return (await this.#client.call<SystemUsage>({ path: '/system/df', query: { type: 'build-cache' } })).BuildCache ?? [];
  }

  async prune({ before, keepBytes, kind }: PruneCacheOptions = {}): Promise<PrunedCache> {
    const known = new Map((await this.cache()).map((entry) => [entry.id, entry]));
    const until = before ? [`${Math.max(0, Math.round((Date.now() - before.getTime()) / 1000))}s`] : [];
    const answer = await this.#client.call<BuildPruneResponse>({
      method: 'POST',
      path: '/build/prune',
      query: { all: true, 'keep-storage': keepBytes, filters: filters({ until, type: kind === undefined ? [] : [kind === 'mount' ? 'exec.cachemount' : 'regular'] }) },
    });
    const now = new Date();
    const gone = (id: string): CacheEntry => known.get(id) ?? { id, kind: 'layer', bytes: 0, description: '', created: now, used: now, uses: 0 };
    return { entries: (answer.CachesDeleted ?? []).map(gone), bytes: answer.SpaceReclaimed };
  }
}
