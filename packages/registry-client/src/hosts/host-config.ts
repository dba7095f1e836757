import { BlockList, isIP } from 'node:net';
import type { HostConfig } from '../options.js';

/**
 * How a host is reached: what is said of it by name, else by `*.example.com`, else by the network that its address is in (`10.0.0.0/8`).
 * Names are not resolved for that: only a host that is written as an address is in a network.
 */
export function hostConfig(host: string, hosts: Readonly<Record<string, HostConfig>>): HostConfig {
  const exact = hosts[host];
  if (exact) return exact;
  const address = /^\[(.*)\](?::\d+)?$/.exec(host)?.[1] ?? host.replace(/:\d+$/, '');
  const family = isIP(address);
  for (const [pattern, config] of Object.entries(hosts)) {
    if (pattern.startsWith('*.') && address.endsWith(pattern.slice(1))) return config;
    if (family !== 0 && contains(pattern, address, family)) return config;
  }
  return {};
}

function contains(pattern: string, address: string, family: number): boolean {
  const [, network = '', bits = ''] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(pattern) ?? [];
  const kind = isIP(network);
  if (kind === 0 || kind !== family || Number(bits) > (kind === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), kind === 4 ? 'ipv4' : 'ipv6');
  return list.check(address, kind === 4 ? 'ipv4' : 'ipv6');
}
