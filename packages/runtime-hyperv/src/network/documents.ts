import { CaissonError, type EndpointSpec, type NetworkSpec } from '@caisson/core';

/** An HNS network (hcsshim: internal/hns/hnsnetwork.go). */
export interface NetworkDocument {
  readonly Name: string;
  readonly Type: 'NAT' | 'Transparent' | 'L2Bridge' | 'Internal';
  readonly Subnets?: readonly { readonly AddressPrefix: string; readonly GatewayAddress?: string }[];
  /** The host's adapter, for networks that are on one. */
  readonly NetworkAdapterName?: string;
  readonly DNSServerList?: string;
}

/** An HNS endpoint (hcsshim: internal/hns/hnsendpoint.go). */
export interface EndpointDocument {
  readonly Name: string;
  /** ID of the network. */
  readonly VirtualNetwork: string;
  readonly IPAddress?: string;
  readonly PrefixLength?: number;
  /** Twelve digits with hyphens. */
  readonly MacAddress?: string;
  readonly GatewayAddress?: string;
  /** Separated by commas. */
  readonly DNSServerList?: string;
  readonly Policies?: readonly NatPolicy[];
}

/** A published port (hcsshim: internal/hns/hnspolicy.go, `NatPolicy`). */
export interface NatPolicy {
  readonly Type: 'NAT';
  readonly Protocol: 'TCP' | 'UDP';
  readonly InternalPort: number;
  readonly ExternalPort: number;
  readonly ExternalPortReserved: true;
}

/** By what names our networks and endpoints are known to HNS. */
export const namePrefix = 'caisson-';

const types: Readonly<Record<string, NetworkDocument['Type']>> = { bridge: 'NAT', nat: 'NAT', transparent: 'Transparent', l2bridge: 'L2Bridge', internal: 'Internal' };

export function networkName(network: Pick<NetworkSpec, 'id'>): string {
  return `${namePrefix}${network.id.slice(0, 12)}`;
}

/** @throws CaissonError `unsupported` for drivers that Windows does not have, and for IPv6 */
export function networkDocument(network: NetworkSpec): NetworkDocument {
  const Type = network.internal ? 'Internal' : types[(network.driver ?? 'bridge').toLowerCase()];
  if (Type === undefined) throw new CaissonError('unsupported', `Windows has no networks of the driver ${network.driver}`, { hint: 'known are nat, transparent, l2bridge and internal' });
  if (network.subnet6 !== undefined) throw new CaissonError('unsupported', `the network ${network.name} is to have IPv6, which networks of Windows containers do not have here`);
  return { Name: networkName(network), Type, Subnets: [{ AddressPrefix: network.subnet, ...(Type === 'Internal' ? {} : { GatewayAddress: network.gateway }) }] };
}

export function endpointName(network: Pick<NetworkSpec, 'id'>, containerId: string): string {
  return `${namePrefix}${containerId.slice(0, 20)}-${network.id.slice(0, 12)}`;
}

/** @throws CaissonError `unsupported` for ports that HNS cannot publish */
export function endpointDocument(network: NetworkSpec, endpoint: EndpointSpec, hnsNetworkId: string): EndpointDocument {
  const policies = natPolicies(network, endpoint);
  return {
    Name: endpointName(network, endpoint.containerId),
    VirtualNetwork: hnsNetworkId,
    IPAddress: endpoint.address,
    PrefixLength: Number(network.subnet.split('/')[1]),
    ...(endpoint.macAddress ? { MacAddress: endpoint.macAddress.replaceAll(':', '-').toUpperCase() } : {}),
    ...(endpoint.defaultRoute && !network.internal ? { GatewayAddress: network.gateway } : {}),
    ...(endpoint.dnsServers?.length ? { DNSServerList: endpoint.dnsServers.join(',') } : {}),
    ...(policies.length > 0 ? { Policies: policies } : {}),
  };
}

export function natPolicies(network: Pick<NetworkSpec, 'driver' | 'internal' | 'name'>, { ports }: Pick<EndpointSpec, 'ports'>): NatPolicy[] {
  const nat = !network.internal && types[(network.driver ?? 'bridge').toLowerCase()] === 'NAT';
  return ports.map(({ protocol, hostIp, hostPort, containerPort }) => {
    const what = `the port ${hostIp ? `${hostIp}:` : ''}${hostPort}:${containerPort}/${protocol}`;
    if (!nat) throw new CaissonError('unsupported', `${what} cannot be published: containers of the network ${network.name} have addresses of their own on it`, { hint: 'leave -p out, or use a nat network' });
    if (hostIp !== '' && hostIp !== '0.0.0.0') throw new CaissonError('unsupported', `${what} cannot be published: Windows publishes ports on all of the host's addresses`, { hint: 'leave the address out' });
    if (protocol === 'sctp') throw new CaissonError('unsupported', `${what} cannot be published: Windows knows tcp and udp`);
    return { Type: 'NAT', Protocol: protocol === 'tcp' ? 'TCP' : 'UDP', InternalPort: containerPort, ExternalPort: hostPort, ExternalPortReserved: true };
  });
}
