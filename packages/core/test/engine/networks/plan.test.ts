import { describe, expect, it } from 'vitest';
import { parseSubnet } from '../../../src/engine/networks/address.js';
import { parseSubnet6 } from '../../../src/engine/networks/address6.js';
import { isAddressOf, planNetwork, sortSubnets } from '../../../src/engine/networks/plan.js';

const id = 'ab'.repeat(32);
const nothing = { subnets: [], subnets6: [], bridges: [] };

describe('the plan of a network', () => {
  it('chooses what is left out', () => {
    expect(planNetwork({ name: 'n', ipv6: true }, id, nothing, 24)).toEqual({ bridge: 'cs-ababababab', subnet: '10.72.0.0/24', gateway: '10.72.0.1', subnet6: 'fdab:abab:abab:abab::/64', gateway6: 'fdab:abab:abab:abab::1', internal: false, labels: {}, chosen: true });
  });

  it('keeps clear of what is in use', () => {
    const used = { subnets: [parseSubnet('10.72.0.0/16')], subnets6: [parseSubnet6('fd00::/8')], bridges: ['br7'] };
    expect(planNetwork({ name: 'n' }, id, used, 24).subnet).toBe('10.73.0.0/24');
    expect(() => planNetwork({ name: 'n', subnet: '10.72.9.0/24' }, id, used, 24)).toThrow(/overlaps/);
    expect(() => planNetwork({ name: 'n', subnet6: 'fd12::/64' }, id, used, 24)).toThrow(/overlaps/);
    expect(() => planNetwork({ name: 'n', options: { 'com.docker.network.bridge.name': 'br7' } }, id, used, 24)).toThrow(/interface br7/);
  });

  it('keeps clear of what others only speak of, as long as it can', () => {
    const pools = [{ base: '172.30.0.0/23', size: 24 }];
    const avoided = [parseSubnet('172.30.0.7/32', 32)];
    expect(planNetwork({ name: 'n' }, id, { ...nothing, pools, avoided }, 24).subnet).toBe('172.30.1.0/24');
    expect(planNetwork({ name: 'n' }, id, { ...nothing, pools, avoided, subnets: [parseSubnet('172.30.1.0/24')] }, 24).subnet).toBe('172.30.0.0/24');
    expect(planNetwork({ name: 'n', subnet: '172.30.0.0/24' }, id, { ...nothing, avoided }, 24)).not.toHaveProperty('chosen');
  });

  it('takes subnets from the pools of the host', () => {
    const pools = [{ base: '172.30.0.0/23', size: 24 }, { base: '172.31.0.0/16', size: 26 }];
    expect(planNetwork({ name: 'n' }, id, { ...nothing, pools }, 24).subnet).toBe('172.30.0.0/24');
    expect(planNetwork({ name: 'n' }, id, { ...nothing, pools, subnets: [parseSubnet('172.30.0.0/23')] }, 24).subnet).toBe('172.31.0.0/26');
    expect(() => planNetwork({ name: 'n' }, id, { ...nothing, pools: pools.slice(0, 1), subnets: [parseSubnet('172.30.0.0/16')] }, 24)).toThrow(/no subnet is free/);
    expect(() => planNetwork({ name: 'n' }, id, { ...nothing, pools: [{ base: '172.30.0.0/24', size: 16 }] }, 24)).toThrow(/no subnets of size 16/);
  });

  it('takes docker’s options', () => {
    const options = { 'com.docker.network.bridge.name': 'br-x', 'com.docker.network.driver.mtu': '9000', 'com.docker.network.bridge.enable_ip_masquerade': 'false' };
    expect(planNetwork({ name: 'n', options }, id, nothing, 24)).toMatchObject({ bridge: 'br-x', mtu: 9000, routed: true, options });
    expect(planNetwork({ name: 'n', options: { 'com.docker.network.bridge.enable_icc': 'false', 'com.docker.network.bridge.host_binding_ipv4': '127.0.0.1' } }, id, nothing, 24)).toMatchObject({ isolated: true, hostBinding: '127.0.0.1' });
    expect(() => planNetwork({ name: 'n', options: { 'com.docker.network.bridge.enable_icc': 'maybe' } }, id, nothing, 24)).toThrow(/true or false, not "maybe"/);
    expect(() => planNetwork({ name: 'n', options: { 'com.docker.network.bridge.host_binding_ipv4': 'fd::1' } }, id, nothing, 24)).toThrow(/not an IPv4 address/);
  });

  it('shares an interface of the host with macvlan and ipvlan', () => {
    const shared = { name: 'n', driver: 'macvlan', subnet: '10.9.0.0/24', options: { parent: 'lo', macvlan_mode: 'private' } } as const;
    expect(planNetwork(shared, id, { ...nothing, subnets: [parseSubnet('10.9.0.0/24')] }, 24)).toMatchObject({ bridge: 'lo', mode: 'private', gateway: '10.9.0.1' });
    expect(() => planNetwork({ ...shared, options: { parent: 'nosuch0' } }, id, nothing, 24)).toThrow(/no interface nosuch0/);
    expect(() => planNetwork({ ...shared, options: { parent: 'lo', macvlan_mode: 'x' } }, id, nothing, 24)).toThrow(/unknown macvlan_mode/);
  });

  it('sorts the subnets of the host by kind, and knows whose an address is', () => {
    expect(sortSubnets(['10.0.0.0/8', 'fd00::/64', '10.0.0.1/32', 'x'])).toEqual({ subnets: [parseSubnet('10.0.0.0/8')], subnets6: [parseSubnet6('fd00::/64')] });
    const network = { subnet: '10.1.0.0/24', subnet6: 'fd01::/64' };
    expect(['10.1.0.9', 'fd01::9', '10.2.0.9', 'fd02::9', 'x'].map((address) => isAddressOf(network, address))).toEqual([true, true, false, false, false]);
  });
});
