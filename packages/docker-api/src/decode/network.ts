import type { NetworkRecord } from '@caisson/core';
import type { NetworkInspect } from '../types/network.js';
import { dateOf } from './values.js';

const drivers = ['bridge', 'host', 'null', 'macvlan', 'ipvlan'] as const;

/** Drivers that are none of ours (overlay, plugins) count as bridges. */
export function decodeNetwork(one: NetworkInspect): NetworkRecord {
  const configs = one.IPAM?.Config ?? [];
  const four = configs.find((config) => !config.Subnet?.includes(':'));
  const six = configs.find((config) => config.Subnet?.includes(':'));
  const aux = Object.assign({}, ...configs.map((config) => config.AuxiliaryAddresses ?? {})) as Record<string, string>;
  return {
    id: one.Id,
    name: one.Name,
    created: dateOf(one.Created),
    driver: drivers.find((driver) => driver === one.Driver) ?? 'bridge',
    bridge: one.Options?.['com.docker.network.bridge.name'] ?? (one.Driver === 'bridge' ? `br-${one.Id.slice(0, 12)}` : ''),
    subnet: four?.Subnet ?? '',
    gateway: four?.Gateway ?? '',
    ...(four?.IPRange ? { ipRange: four.IPRange } : {}),
    ...(six?.Subnet ? { subnet6: six.Subnet, ...(six.Gateway ? { gateway6: six.Gateway } : {}), ...(six.IPRange ? { ipRange6: six.IPRange } : {}) } : {}),
    ...(Object.keys(aux).length > 0 ? { auxAddresses: aux } : {}),
    internal: one.Internal,
    attachable: one.Attachable,
    labels: one.Labels ?? {},
    options: one.Options ?? {},
  };
}
