import { join } from 'node:path';
import { isCaissonError, type NetworkRecord, type Networks, type Platform } from '@caisson/core';
import { encodeContainer, encodeImage, encodeNetwork, encodeVolume, predefinedNetwork } from '@caisson/docker-api/encode';
import type { Cli } from '../cli.js';
import { enginePaths } from './paths.js';

export type InspectedKind = 'container' | 'image' | 'network' | 'volume';

export interface InspectOptions {
  /** Of a container, how much room it takes. */
  readonly size?: boolean;
  /** Of an image, which of several. */
  readonly platform?: Platform;
}

/**
 * All that is known of an object, as docker's API shows it: of a remote host in its own words.
 * @throws CaissonError `not-found`
 */
export function inspectObject(cli: Cli, kind: InspectedKind, name: string, options: InspectOptions = {}): Promise<object> {
  return cli.remote ? inspectRemote(cli.remote.engine.client, kind, name, options) : inspectLocal(cli, kind, name, options);
}

async function inspectLocal(cli: Cli, kind: InspectedKind, name: string, { size = false, platform }: InspectOptions): Promise<object> {
  const { containers, images, networks, volumes } = cli.local;
  switch (kind) {
    case 'container': {
      const record = await containers.get(name);
      return encodeContainer(record, { folder: join(enginePaths(cli.globals).dataRoot, 'containers', record.id), ...(size ? { size: await containers.size(record.id) } : {}) });
    }
    case 'image':
      return encodeImage(await images.get(name, platform ? { platform } : {}));
    case 'network':
      return encodeNetwork(await networkOf(networks, name), await containers.list());
    case 'volume':
      return encodeVolume(await volumes.get(name));
  }
}

async function networkOf(networks: Networks, name: string): Promise<NetworkRecord> {
  try {
    return await networks.get(name);
  } catch (error) {
    const predefined = isCaissonError(error, 'not-found') ? predefinedNetwork(name, new Date(0)) : undefined;
    if (predefined) return predefined;
    throw error;
  }
}

function inspectRemote(client: NonNullable<Cli['remote']>['engine']['client'], kind: InspectedKind, name: string, { size, platform }: InspectOptions): Promise<object> {
  const id = encodeURIComponent(name);
  switch (kind) {
    case 'container':
      return client.call({ path: `/containers/${id}/json`, query: { size } });
    case 'image':
      // Slashes of a name are parts of the path here.
      return client.call({ path: `/images/${id.replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%40', '@')}/json`, query: platform ? { platform: JSON.stringify(platform) } : {} });
    case 'network':
      return client.call({ path: `/networks/${id}` });
    case 'volume':
      return client.call({ path: `/volumes/${id}` });
  }
}
