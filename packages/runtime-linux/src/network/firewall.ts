import { isIPv6 } from 'node:net';
import { CaissonError, type EndpointSpec, type NetworkSpec, type PublishedPort } from '@caisson/core';
import { requireProgram } from '../host/programs.js';
import type { Ground } from './ground.js';

/**
 * The table of rules, ours alone. Networks and ports are elements of its sets and maps, so that the rules stay the same however many there
 * are, and a port costs one look-up. Made anew each time, in one transaction, so that it mends what somebody has flushed.
 */
const base = (table: string) => `
table inet ${table} {
  set bridges { type ifname; }
  set internal { type ifname; }
  set same { type ifname . ifname; }
  set sources { type ipv4_addr; flags interval; }
  set sources6 { type ipv6_addr; flags interval; }
  map ports { type inet_proto . inet_service : ipv4_addr . inet_service; }
  map ports_at { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
  map ports6 { type inet_proto . inet_service : ipv6_addr . inet_service; }
  map ports6_at { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service; }
  chain published { }
  chain prerouting { type nat hook prerouting priority dstnat; policy accept; }
  chain output { type nat hook output priority -100; policy accept; }
  chain postrouting { type nat hook postrouting priority srcnat; policy accept; }
  chain raw { type filter hook prerouting priority raw; policy accept; }
  chain forward { type filter hook forward priority filter; policy accept; }
}
flush chain inet ${table} published
flush chain inet ${table} prerouting
flush chain inet ${table} output
flush chain inet ${table} postrouting
flush chain inet ${table} raw
flush chain inet ${table} forward
table inet ${table} {
  chain published {
    dnat ip to ip daddr . meta l4proto . th dport map @ports_at
    dnat ip to meta l4proto . th dport map @ports
    dnat ip6 to ip6 daddr . meta l4proto . th dport map @ports6_at
    dnat ip6 to meta l4proto . th dport map @ports6
  }
  chain prerouting { fib daddr type local jump published; }
  chain output { fib daddr type local jump published; }
  chain postrouting {
    ip saddr @sources ip daddr != @sources masquerade
    ip6 saddr @sources6 ip6 daddr != @sources6 masquerade
    ip saddr 127.0.0.0/8 oifname @bridges masquerade
    ip saddr @sources ct status dnat masquerade
    ip6 saddr @sources6 ct status dnat masquerade
  }
  chain raw { iifname @bridges ip daddr 127.0.0.0/8 drop; }
  chain forward {
    iifname . oifname @same accept
    iifname @internal drop
    oifname @internal drop
    oifname @bridges ct state established,related accept
    oifname @bridges ct status dnat accept
    oifname @bridges drop
  }
}
`;

/** What lets a network's containers out, and nobody in but to published ports. */
export function networkRules(table: string, network: NetworkSpec): string {
  return base(table) + networkElements(network).map((element) => `add element inet ${table} ${element}\n`).join('');
}

function networkElements({ bridge, subnet, subnet6, internal, routed, isolated }: NetworkSpec): string[] {
  const outward = routed ? [] : [`sources { ${subnet} }`, ...(subnet6 === undefined ? [] : [`sources6 { ${subnet6} }`])];
  // What an isolated network's members send each other comes here by the gateway, or from a bridge that is filtered.
  const same = isolated ? [] : [`same { ${bridge} . ${bridge} }`];
  return [`bridges { ${bridge} }`, ...same, ...(internal ? [`internal { ${bridge} }`] : outward)];
}

export function publish(table: string, endpoint: EndpointSpec): string {
  return endpoint.ports.flatMap((port) => elements(endpoint, port)).map((element) => `add element inet ${table} ${element}\n`).join('');
}

export function unpublish(table: string, endpoint: EndpointSpec): string {
  return endpoint.ports.flatMap((port) => elements(endpoint, port)).map((element) => `delete element inet ${table} ${element}\n`).join('');
}

function elements({ address, address6 }: EndpointSpec, { protocol, hostIp, hostPort, containerPort }: PublishedPort): string[] {
  const key = `${protocol} . ${hostPort}`;
  const four = `${address} . ${containerPort}`;
  const six = address6 === undefined ? undefined : `${address6} . ${containerPort}`;
  if (hostIp === '' || hostIp === '0.0.0.0') return [`ports { ${key} : ${four} }`, ...(hostIp === '' && six !== undefined ? [`ports6 { ${key} : ${six} }`] : [])];
  if (!isIPv6(hostIp)) return [`ports_at { ${hostIp} . ${key} : ${four} }`];
  if (six === undefined) throw new CaissonError('unsupported', `a port of ${hostIp} cannot be published for a container without an IPv6 address`, { hint: 'create the network with --ipv6' });
  return [hostIp === '::' ? `ports6 { ${key} : ${six} }` : `ports6_at { ${hostIp} . ${key} : ${six} }`];
}

/** Applies rules in one transaction. @throws CaissonError `missing-dependency`, `runtime-failed` */
export async function applyRules(ground: Ground, rules: string): Promise<void> {
  const { code, stderr } = await ground.command(requireProgram('nft'), ['-f', '-'], { input: rules });
  if (code !== 0) throw new CaissonError('runtime-failed', `nft refused the rules: ${stderr.trim().split('\n')[0] ?? ''}`, { details: { stderr: stderr.slice(0, 2000) } });
}
