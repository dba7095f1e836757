import type { BuildRecord, CacheEntry } from '@caisson/core';
import type { ApiClient } from '../api-client.js';
import { RemoteBuilds } from '../engine/remote-system.js';

/** Builds of Caisson's daemon: those of the past are known, and the cache has descriptions. */
export class CaissonBuilds extends RemoteBuilds {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    super(client);
    this.#client = client;
  }

  override async history(): Promise<readonly BuildRecord[]> {
    const records = await this.#client.call<(Omit<BuildRecord, 'started' | 'finished'> & { readonly started: string; readonly finished?: string })[]>({ path: '/caisson/v1/builds' });
    return records.map(({ started, finished, ...record }) => ({ ...record, started: new Date(started), ...(finished === undefined ? {} : { finished: new Date(finished) }) }));
  }

  override async cache(): Promise<readonly CacheEntry[]> {
    const entries = await this.#client.call<(Omit<CacheEntry, 'created' | 'used'> & { readonly created: string; readonly used: string })[]>({ path: '/caisson/v1/builds/cache' });
    return entries.map(({ created, used, ...entry }) => ({ ...entry, created: new Date(created), used: new Date(used) }));
  }
}
