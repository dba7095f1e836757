import { existsSync } from 'node:fs';
import { CaissonError } from '../../errors.js';
import { contains, formatSubnet, freeSubnet, isIPv4, overlaps, parseSubnet, toAddress, type AddressPool, type Subnet } from './address.js';
import { contains6, formatAddress6, formatSubnet6, freeSubnet6, overlaps6, parseAddress6, parseSubnet6, type Subnet6 } from './address6.js';
import type { NetworkOptions, NetworkRecord } from './record.js';

export type NetworkConfig = Omit<NetworkRecord, 'id' | 'name' | 'created' | 'driver'>;

/** What new networks must keep clear of. */
export interface Used {
  readonly subnets: readonly Subnet[];
  readonly subnets6: readonly Subnet6[];
  readonly bridges: readonly string[];
  /** Not in the way, but kept clear of as long as there are others. */
  readonly avoided?: readonly Subnet[];
  /** Absent: the engine's own. */
  readonly pools?: readonly AddressPool[];
}

const known = [
  'com.docker.network.bridge.name',
  'com.docker.network.driver.mtu',
  'com.docker.network.bridge.enable_ip_masquerade',
  'com.docker.network.bridge.enable_icc',
  'com.docker.network.bridge.default_bridge',
  'com.docker.network.bridge.host_binding_ipv4',
  'mtu',
  'parent',
  'macvlan_mode',
  'ipvlan_mode',
  'ipvlan_flag',
];
const modes = { macvlan: ['bridge', 'private', 'vepa', 'passthru'], ipvlan: ['l2', 'l3', 'l3s'] } as const;
const flags = ['bridge', 'private', 'vepa'] as const;

/** Makes whole what was asked for. @throws CaissonError `invalid-argument`, `in-use`, `unsupported` */
export function planNetwork(options: NetworkOptions, id: string, used: Used, prefix: 16 | 24): NetworkConfig {
  const given = options.options ?? {};
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new CaissonError('invalid-argument', `unknown network option ${JSON.stringify(unknown.slice(0, 80))}`, { hint: `known are ${known.join(', ')}` });
  const shared = options.driver === 'macvlan' || options.driver === 'ipvlan';
  const four = plan4(options, used, prefix, shared);
  const six = plan6(options, used.subnets6, id, shared);
  for (const [name, address] of Object.entries(options.auxAddresses ?? {}))
    if (!contains(four.net, address) && !(six && contains6(six.net, address))) throw new CaissonError('invalid-argument', `the auxiliary address ${name}=${address.slice(0, 60)} is not in a subnet of the network`);
  const mtu = mtuOf(given, six !== undefined);
  return {
    bridge: shared ? parentOf(given) : bridgeOf(given, id, used.bridges),
    subnet: formatSubnet(four.net),
    gateway: four.gateway,
    ...(four.range === undefined ? {} : { ipRange: formatSubnet(four.range) }),
    ...(six ? { subnet6: formatSubnet6(six.net), gateway6: six.gateway, ...(six.range === undefined ? {} : { ipRange6: formatSubnet6(six.range) }) } : {}),
    ...(options.auxAddresses ? { auxAddresses: options.auxAddresses } : {}),
    internal: options.internal ?? false,
    labels: options.labels ?? {},
    ...(mtu === undefined ? {} : { mtu }),
    ...(options.subnet === undefined ? { chosen: true } : {}),
    ...(isOff(given, 'com.docker.network.bridge.enable_ip_masquerade') ? { routed: true } : {}),
    ...(isOff(given, 'com.docker.network.bridge.enable_icc') ? { isolated: true } : {}),
    ...bindingOf(given),
    ...(shared ? shapeOf(options.driver, given) : {}),
    ...(options.attachable === undefined ? {} : { attachable: options.attachable }),
    ...(options.options ? { options: options.options } : {}),
  };
}

/** A subnet that nobody uses, and nobody speaks of either if there is one. @throws CaissonError `in-use` when there is none */
export function chooseSubnet({ subnets, avoided = [], pools }: Used, prefix: number): Subnet {
  const net = freeSubnet([...subnets, ...avoided], prefix, pools) ?? freeSubnet(subnets, prefix, pools);
  if (!net) throw new CaissonError('in-use', 'no subnet is free for another network', { hint: 'remove networks that are not needed, or give one with --subnet' });
  return net;
}

function plan4(options: NetworkOptions, all: Used, prefix: 16 | 24, shared: boolean): { net: Subnet; gateway: string; range?: Subnet } {
  const { subnet, gateway, ipRange } = options;
  const { subnets: used } = all;
  if (subnet === undefined && (ipRange !== undefined || gateway !== undefined)) throw new CaissonError('invalid-argument', `${gateway === undefined ? '--ip-range' : '--gateway'} needs --subnet`);
  if (subnet === undefined && shared) throw new CaissonError('invalid-argument', `a network of the driver ${options.driver} needs the --subnet of the network outside`);
  const net = subnet === undefined ? chooseSubnet(all, prefix) : parseSubnet(subnet);
  // The subnet of a shared interface is one that the host has already.
  if (subnet !== undefined && !shared && used.some((other) => overlaps(other, net))) throw new CaissonError('in-use', `the subnet ${subnet} overlaps one that this host uses already`);
  const chosen = gateway ?? toAddress(net.base + 1);
  if (!contains(net, chosen)) throw new CaissonError('invalid-argument', `the gateway ${chosen.slice(0, 60)} is not in ${formatSubnet(net)}`);
  if (ipRange === undefined) return { net, gateway: chosen };
  const range = parseSubnet(ipRange, 32);
  if (!overlaps(net, range) || range.prefix < net.prefix) throw new CaissonError('invalid-argument', `the range ${ipRange} is not in ${formatSubnet(net)}`);
  return { net, gateway: chosen, range };
}

function plan6(options: NetworkOptions, used: readonly Subnet6[], id: string, shared: boolean): { net: Subnet6; gateway: string; range?: Subnet6 } | undefined {
  const { subnet6, gateway6, ipRange6 } = options;
  if (subnet6 === undefined && (ipRange6 !== undefined || gateway6 !== undefined)) throw new CaissonError('invalid-argument', `the ${gateway6 === undefined ? 'range' : 'gateway'} ${gateway6 ?? ipRange6} needs a --subnet it is in`);
  if (subnet6 === undefined && !options.ipv6) return undefined;
  const net = subnet6 === undefined ? freeSubnet6(used, Buffer.from(id, 'hex')) : parseSubnet6(subnet6);
  if (subnet6 !== undefined && !shared && used.some((other) => overlaps6(other, net))) throw new CaissonError('in-use', `the subnet ${subnet6} overlaps one that this host uses already`);
  const gateway = gateway6 === undefined ? net.base + 1n : parseAddress6(gateway6);
  if (gateway === undefined || !contains6(net, formatAddress6(gateway))) throw new CaissonError('invalid-argument', `the gateway ${String(gateway6).slice(0, 60)} is not in ${formatSubnet6(net)}`);
  const range = ipRange6 === undefined ? undefined : parseSubnet6(ipRange6);
  if (range && (!overlaps6(net, range) || range.prefix < net.prefix)) throw new CaissonError('invalid-argument', `the range ${ipRange6} is not in ${formatSubnet6(net)}`);
  return { net, gateway: formatAddress6(gateway), ...(range ? { range } : {}) };
}

function bridgeOf(options: Readonly<Record<string, string>>, id: string, taken: readonly string[]): string {
  const wanted = options['com.docker.network.bridge.name'];
  if (!wanted) return `cs-${id.slice(0, 10)}`;
  checkInterface(wanted);
  if (taken.includes(wanted) || existsSync(`/sys/class/net/${wanted}`)) throw new CaissonError('in-use', `there is an interface ${wanted} on this host already`);
  return wanted;
}

function parentOf({ parent }: Readonly<Record<string, string>>): string {
  if (parent === undefined) throw new CaissonError('invalid-argument', 'a network of this kind needs the interface that it shares: -o parent=eth0');
  checkInterface(parent);
  if (!existsSync(`/sys/class/net/${parent}`)) throw new CaissonError('not-found', `this host has no interface ${parent}`);
  return parent;
}

function checkInterface(name: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/.test(name)) throw new CaissonError('invalid-argument', `${JSON.stringify(name.slice(0, 40))} cannot be the name of an interface`);
}

/** How the interface is shared. */
function shapeOf(driver: 'bridge' | 'macvlan' | 'ipvlan' | undefined, options: Readonly<Record<string, string>>): { mode: string; flag?: string } {
  const kind = driver === 'ipvlan' ? 'ipvlan' : 'macvlan';
  const mode = oneOf(`${kind}_mode`, options, modes[kind]);
  return kind === 'ipvlan' && options.ipvlan_flag !== undefined ? { mode, flag: oneOf('ipvlan_flag', options, flags) } : { mode };
}

/** The first of these where nothing is said. */
function oneOf(name: string, options: Readonly<Record<string, string>>, known: readonly [string, ...string[]]): string {
  const wanted = options[name] ?? known[0];
  if (!known.includes(wanted)) throw new CaissonError('invalid-argument', `unknown ${name} ${JSON.stringify(wanted.slice(0, 40))}`, { hint: `known are ${known.join(', ')}` });
  return wanted;
}

/** As docker reads it: strconv.ParseBool's words. */
function isOff(options: Readonly<Record<string, string>>, name: string): boolean {
  const value = options[name];
  if (value === undefined || /^(?:1|t|true)$/i.test(value)) return false;
  if (/^(?:0|f|false)$/i.test(value)) return true;
  throw new CaissonError('invalid-argument', `the network option ${name} is true or false, not ${JSON.stringify(value.slice(0, 40))}`);
}

/** Where ports are published of which nothing else is said. */
function bindingOf(options: Readonly<Record<string, string>>): { hostBinding?: string } {
  const address = options['com.docker.network.bridge.host_binding_ipv4'];
  if (address === undefined || address === '' || address === '0.0.0.0') return {};
  if (!isIPv4(address)) throw new CaissonError('invalid-argument', `${JSON.stringify(address.slice(0, 40))} is not an IPv4 address that ports could be published at`);
  return { hostBinding: address };
}

function mtuOf(options: Readonly<Record<string, string>>, six: boolean): number | undefined {
  const text = options['com.docker.network.driver.mtu'] ?? options.mtu;
  if (text === undefined) return undefined;
  const least = six ? 1280 : 68;
  const mtu = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(mtu >= least && mtu <= 65535)) throw new CaissonError('invalid-argument', `the MTU ${JSON.stringify(text.slice(0, 20))} is not between ${least} and 65535`);
  return mtu;
}

/** Subnets of text that may be of either kind, or neither. @param longest as in `parseSubnet` */
export function sortSubnets(texts: readonly string[], longest?: number): Pick<Used, 'subnets' | 'subnets6'> {
  const parsed = <T>(parse: (text: string) => T) =>
    texts.flatMap((text) => {
      try {
        return [parse(text)];
      } catch {
        return []; // a route to one host, or of the other kind
      }
    });
  return { subnets: parsed((text) => parseSubnet(text, longest)), subnets6: parsed(parseSubnet6) };
}

/** Whether an address is of a network, of whichever kind. */
export function isAddressOf(network: Pick<NetworkRecord, 'subnet' | 'subnet6'>, address: string): boolean {
  if (isIPv4(address)) return contains(parseSubnet(network.subnet), address);
  return network.subnet6 !== undefined && contains6(parseSubnet6(network.subnet6), address);
}
