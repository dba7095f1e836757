import type { ContainerSummary, NetworkRecord } from '@caisson/core';
import type { IPAMConfig, NetworkContainer, NetworkInspect } from '../types/network.js';
import { endpointId } from './endpoints.js';

/** A network; with `containers`, those of them that are in it and run. */
export function encodeNetwork(network: NetworkRecord, containers?: readonly ContainerSummary[]): NetworkInspect {
  // Of a network that was asked for, only what was asked: compose makes one anew whose options differ from its own.
  const options = { ...(network.name === 'bridge' && network.bridge ? { 'com.docker.network.bridge.default_bridge': 'true', 'com.docker.network.bridge.name': network.bridge } : {}), ...network.options };
  return {
    Name: network.name,
    Id: network.id,
    Created: network.created.toISOString(),
    Scope: 'local',
    Driver: network.driver,
    EnableIPv4: network.driver !== 'null',
    EnableIPv6: network.subnet6 !== undefined,
    IPAM: { Driver: 'default', Options: null, Config: ipam(network) },
    Internal: network.internal,
    Attachable: network.attachable ?? false,
    Ingress: false,
    ConfigFrom: { Network: '' },
    ConfigOnly: false,
    ...(containers ? { Containers: members(network, containers) } : {}),
    Options: options,
    Labels: network.labels,
  };
}

function ipam({ subnet, gateway, ipRange, subnet6, gateway6, ipRange6, auxAddresses }: NetworkRecord): IPAMConfig[] {
  const aux = (six: boolean) => Object.fromEntries(Object.entries(auxAddresses ?? {}).filter(([, address]) => address.includes(':') === six));
  const config = (net: string, gate: string | undefined, range: string | undefined, six: boolean): IPAMConfig => ({
    Subnet: net,
    ...(range === undefined ? {} : { IPRange: range }),
    ...(gate ? { Gateway: gate } : {}),
    ...(Object.keys(aux(six)).length > 0 ? { AuxiliaryAddresses: aux(six) } : {}),
  });
  return [...(subnet ? [config(subnet, gateway, ipRange, false)] : []), ...(subnet6 === undefined ? [] : [config(subnet6, gateway6, ipRange6, true)])];
}

function members(network: NetworkRecord, containers: readonly ContainerSummary[]): Record<string, NetworkContainer> {
  return Object.fromEntries(
    containers.flatMap(({ id, name, state }) => {
      const endpoint = state.networks.find((other) => other.networkId === network.id);
      if (!endpoint) return [];
      const { macAddress, address, prefix, address6, prefix6 } = endpoint;
      return [[id, { Name: name, EndpointID: endpointId(id, network.id), MacAddress: macAddress, IPv4Address: address ? `${address}/${prefix}` : '', IPv6Address: address6 === undefined ? '' : `${address6}/${prefix6 ?? 64}` }]];
    }),
  );
}
