import { hash } from 'node:crypto';
import type { ContainerRecord, ContainerSummary } from '@caisson/core';
import type { NetworkSettings } from '../types/container.js';
import type { EndpointSettings } from '../types/network.js';
import { encodePortMap } from './ports.js';

type Endpoint = ContainerSummary['state']['networks'][number];

/** Endpoints have no IDs of their own here: one is made of what makes an endpoint, so that it stays the same. */
export function endpointId(container: string, network: string): string {
  return hash('sha256', `${container} ${network}`, 'hex');
}

export function encodeEndpoint(endpoint: Endpoint, container: { readonly id: string; readonly name: string }, asked: EndpointSettings = {}): EndpointSettings {
  return {
    IPAMConfig: null,
    Links: null,
    Aliases: endpoint.aliases?.length ? endpoint.aliases : null,
    DriverOpts: null,
    GwPriority: 0,
    ...asked,
    MacAddress: endpoint.macAddress,
    NetworkID: endpoint.networkId,
    EndpointID: endpointId(container.id, endpoint.networkId),
    Gateway: endpoint.gateway,
    IPAddress: endpoint.address,
    IPPrefixLen: endpoint.prefix,
    IPv6Gateway: endpoint.gateway6 ?? '',
    GlobalIPv6Address: endpoint.address6 ?? '',
    GlobalIPv6PrefixLen: endpoint.prefix6 ?? 0,
    DNSNames: endpoint.names?.length ? endpoint.names : null,
  };
}

const nowhere = { MacAddress: '', NetworkID: '', EndpointID: '', Gateway: '', IPAddress: '', IPPrefixLen: 0, IPv6Gateway: '', GlobalIPv6Address: '', GlobalIPv6PrefixLen: 0, DNSNames: null } as const;

/** The networks of a container that runs; of another, those that it is going to be in. */
export function encodeNetworks(container: Pick<ContainerSummary, 'id' | 'name' | 'options'> & { readonly state: Pick<ContainerRecord['state'], 'networks' | 'attachments'> }): Record<string, EndpointSettings> {
  const { options, state } = container;
  if (state.networks.length > 0) return Object.fromEntries(state.networks.map((endpoint) => [endpoint.network, encodeEndpoint(endpoint, container)]));
  const mode = options.network ?? 'bridge';
  if (mode.startsWith('container:')) return {};
  const attachments = state.attachments ?? [{ network: mode }];
  return Object.fromEntries(
    attachments.map(({ network, aliases, ip, ip6 }) => [
      network,
      { IPAMConfig: ip === undefined && ip6 === undefined ? null : { ...(ip === undefined ? {} : { IPv4Address: ip }), ...(ip6 === undefined ? {} : { IPv6Address: ip6 }) }, Links: null, Aliases: aliases?.length ? aliases : null, DriverOpts: null, GwPriority: 0, ...nowhere },
    ]),
  );
}

export function encodeNetworkSettings(record: ContainerRecord): NetworkSettings {
  const { state, exposed } = record;
  const running = state.pid !== 0;
  // The old fields are those of the default bridge alone.
  const bridge = state.networks.find(({ network }) => network === 'bridge');
  const sandbox = running ? hash('sha256', `sandbox ${record.id}`, 'hex') : '';
  return {
    Bridge: '',
    SandboxID: sandbox,
    SandboxKey: running ? `/proc/${state.pid}/ns/net` : '',
    Ports: running ? encodePortMap(state.ports, { exposed, resolved: true }) : {},
    HairpinMode: false,
    LinkLocalIPv6Address: '',
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: bridge ? endpointId(record.id, bridge.networkId) : '',
    Gateway: bridge?.gateway ?? '',
    GlobalIPv6Address: bridge?.address6 ?? '',
    GlobalIPv6PrefixLen: bridge?.prefix6 ?? 0,
    IPAddress: bridge?.address ?? '',
    IPPrefixLen: bridge?.prefix ?? 0,
    IPv6Gateway: bridge?.gateway6 ?? '',
    MacAddress: bridge?.macAddress ?? '',
    Networks: encodeNetworks(record),
  };
}
