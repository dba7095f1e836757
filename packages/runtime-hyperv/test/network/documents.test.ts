import type { EndpointSpec, NetworkSpec } from '@caisson/core';
import { expect, it } from 'vitest';
import { endpointDocument, networkDocument } from '../../src/network/documents.js';

const network: NetworkSpec = { id: 'abcdef0123456789', name: 'net', bridge: 'cs-abc', subnet: '172.20.0.0/16', gateway: '172.20.0.1', internal: false };
const endpoint: EndpointSpec = { containerId: 'c'.repeat(64), namespace: '', interfaceName: 'eth0', address: '172.20.0.2', macAddress: '02:42:ac:14:00:02', ports: [{ protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 8080, containerPort: 80 }], defaultRoute: true };

it('networks and endpoints are what HNS takes', () => {
  expect(networkDocument(network)).toEqual({ Name: 'caisson-abcdef012345', Type: 'NAT', Subnets: [{ AddressPrefix: '172.20.0.0/16', GatewayAddress: '172.20.0.1' }] });
  expect(networkDocument({ ...network, internal: true })).toEqual({ Name: 'caisson-abcdef012345', Type: 'Internal', Subnets: [{ AddressPrefix: '172.20.0.0/16' }] });
  expect(endpointDocument(network, endpoint, 'id-of-hns')).toEqual({
    Name: 'caisson-cccccccccccccccccccc-abcdef012345',
    VirtualNetwork: 'id-of-hns',
    IPAddress: '172.20.0.2',
    PrefixLength: 16,
    MacAddress: '02-42-AC-14-00-02',
    GatewayAddress: '172.20.0.1',
    Policies: [{ Type: 'NAT', Protocol: 'TCP', InternalPort: 80, ExternalPort: 8080, ExternalPortReserved: true }],
  });
});

it('what HNS does not have is refused in words', () => {
  expect(() => networkDocument({ ...network, driver: 'ipvlan' })).toThrow(/driver ipvlan/);
  expect(() => networkDocument({ ...network, subnet6: 'fd00::/64' })).toThrow(/IPv6/);
});
