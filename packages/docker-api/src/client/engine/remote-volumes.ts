import type { PruneOptions, VolumeOptions, VolumeRecord, Volumes } from '@caisson/core';
import { decodeVolume } from '../../decode/volume.js';
import type { VolumeBody, VolumeListResponse, VolumesPruneResponse } from '../../types/volume.js';
import type { ApiClient } from '../api-client.js';
import { compareVersions } from '../api-client.js';
import { pruneFilters } from './prune-filters.js';

export class RemoteVolumes implements Volumes {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  async create({ name, labels, options }: VolumeOptions = {}): Promise<VolumeRecord> {
    return decodeVolume(await this.#client.call<VolumeBody>({ method: 'POST', path: '/volumes/create', body: { ...(name === undefined ? {} : { Name: name }), ...(labels ? { Labels: labels } : {}), ...(options ? { DriverOpts: options } : {}) } }));
  }

  async list(): Promise<readonly VolumeRecord[]> {
    const { Volumes: volumes } = await this.#client.call<VolumeListResponse>({ path: '/volumes' });
    return (volumes ?? []).map(decodeVolume).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async get(name: string): Promise<VolumeRecord> {
    return decodeVolume(await this.#client.call<VolumeBody>({ path: `/volumes/${encodeURIComponent(name)}` }));
  }

  async remove(name: string, { force }: { force?: boolean } = {}): Promise<void> {
    await this.#client.call({ method: 'DELETE', path: `/volumes/${encodeURIComponent(name)}`, query: { force } });
  }

  async prune({ all = false, ...options }: PruneOptions & { all?: boolean } = {}): Promise<{ readonly volumes: readonly string[]; readonly bytes: number }> {
    // Before 1.42 every volume that nothing uses went, named ones too: without `all` only those without a name may go.
    const { version } = await this.#client.handshake();
    const old = compareVersions(version, '1.42') < 0;
    if (old && !all) return this.#pruneAnonymous(options);
    const answer = await this.#client.call<VolumesPruneResponse>({ method: 'POST', path: '/volumes/prune', query: { filters: pruneFilters(options, all && !old ? { all: ['true'] } : {}) } });
    return { volumes: answer.VolumesDeleted ?? [], bytes: answer.SpaceReclaimed };
  }

  async #pruneAnonymous({ before, labels = {}, withoutLabels = {} }: PruneOptions): Promise<{ readonly volumes: readonly string[]; readonly bytes: number }> {
    const { Volumes: volumes } = await this.#client.call<VolumeListResponse>({ path: '/volumes', query: { filters: JSON.stringify({ dangling: ['true'] }) } });
    const removed: string[] = [];
    for (const volume of (volumes ?? []).map(decodeVolume)) {
      const wanted = volume.anonymous && (!before || volume.created < before) && Object.entries(labels).every(([name, value]) => name in volume.labels && (value === undefined || volume.labels[name] === value)) && !Object.entries(withoutLabels).some(([name, value]) => name in volume.labels && (value === undefined || volume.labels[name] === value));
      if (!wanted) continue;
      await this.remove(volume.name);
      removed.push(volume.name);
    }
    // Their sizes are not known to the API without measuring all volumes of the host.
    return { volumes: removed, bytes: 0 };
  }
}
