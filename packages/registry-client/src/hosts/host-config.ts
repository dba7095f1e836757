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
  for (const [pattern, config] of Object.entries(hosts)) {
    if (pattern.startsWith('*.') && address.endsWith(pattern.slice(1))) return config;
    if (contains(pattern, address)) return config;
  }
  return {};
}

/** What is said of a repository, and of which part of its name it is said: the longest that begins it. */
export interface RepositoryConfig {
  readonly config: HostConfig;
  /** The path of that part: `acme` for what is said of `ghcr.io/acme`; empty for what is said of a host. */
  readonly under: string;
}

/** `name` is the whole of it: `ghcr.io/acme/app:1`. */
export function repositoryConfig(domain: string, name: string, hosts: Readonly<Record<string, HostConfig>>): RepositoryConfig {
  let best: string | undefined;
  for (const key of Object.keys(hosts)) {
    // Networks have a slash, too, but never the name of a host before it that is followed by this path.
    if (!key.startsWith(`${domain}/`) || !begins(key, name)) continue;
    if (best === undefined || key.length > best.length) best = key;
  }
  if (best === undefined) return { config: hostConfig(domain, hosts), under: '' };
  return { config: hosts[best] ?? {}, under: best.slice(domain.length + 1).replace(/[:@].*$/, '') };
}

const begins = (key: string, name: string): boolean => name.startsWith(key) && (name.length === key.length || '/:@'.includes(name.charAt(key.length)));

/** Node takes milliseconds to be ready to tell addresses from names: it is asked only where there are networks. */
function contains(pattern: string, address: string): boolean {
  const [, network, bits = ''] = /^([0-9a-fA-F.:]+)\/(\d{1,3})$/.exec(pattern) ?? [];
  if (network === undefined) return false;
  const kind = isIP(network);
  if (kind === 0 || kind !== isIP(address) || Number(bits) > (kind === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(bits), kind === 4 ? 'ipv4' : 'ipv6');
  return list.check(address, kind === 4 ? 'ipv4' : 'ipv6');
}
