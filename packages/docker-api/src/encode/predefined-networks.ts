import { hash } from 'node:crypto';
import type { NetworkRecord } from '@caisson/core';

/** Ways to have no network of one's own, which docker shows as networks. */
export function predefinedNetworks(created: Date): NetworkRecord[] {
  return (['host', 'none'] as const).map((name) => ({
    id: hash('sha256', `network ${name}`, 'hex'),
    name,
    driver: name === 'host' ? 'host' : 'null',
    created,
    labels: {},
    bridge: '',
    subnet: '',
    gateway: '',
    internal: false,
  }));
}

/** The one of these that has this name, or this ID or the beginning of it. */
export function predefinedNetwork(nameOrId: string, created: Date): NetworkRecord | undefined {
  return predefinedNetworks(created).find((one) => one.name === nameOrId || (nameOrId.length >= 4 && one.id.startsWith(nameOrId)));
}
