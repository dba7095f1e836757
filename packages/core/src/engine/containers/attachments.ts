import { CaissonError } from '../../errors.js';
import { isIPv4 } from '../networks/address.js';
import { parseAddress6 } from '../networks/address6.js';
import type { ConnectOptions } from '../engine.js';
import type { ContainerOptions } from './options.js';
import type { ContainerRecord } from './record.js';

/** A network that a container is in whenever it runs. */
export interface NetworkAttachment extends ConnectOptions {
  /** Name or ID. */
  readonly network: string;
}

const alone = (mode: string) => mode === 'host' || mode === 'none' || mode.startsWith('container:');

/** A mode in which the container has no endpoints of its own: the host's namespace, another's, or one that leads nowhere. */
export function modeOf({ network = 'bridge' }: ContainerOptions): 'networks' | 'host' | 'none' | { readonly container: string } {
  if (network === 'host' || network === 'none') return network;
  return network.startsWith('container:') ? { container: network.slice('container:'.length) } : 'networks';
}

/** The networks a container joins when it starts, the one that is its way out first: as asked for, or as they have been changed since. */
export function attachmentsOf({ options, state }: Pick<ContainerRecord, 'options' | 'state'>): readonly NetworkAttachment[] {
  return state.attachments ?? attachmentsAsked(options);
}

function attachmentsAsked(options: ContainerOptions): NetworkAttachment[] {
  if (modeOf(options) !== 'networks') return [];
  const { network = 'bridge', networkAliases, ip, ip6, macAddress, furtherNetworks = [] } = options;
  const first = { network, ...(networkAliases ? { aliases: networkAliases } : {}), ...(ip === undefined ? {} : { ip }), ...(ip6 === undefined ? {} : { ip6 }), ...(macAddress === undefined ? {} : { macAddress }) };
  return [first, ...furtherNetworks];
}

/** @throws CaissonError `invalid-argument` for what can be seen to be wrong before any network is looked for */
export function checkNetworks(options: ContainerOptions): void {
  const { network = 'bridge', networkAliases, ip, ip6, macAddress, furtherNetworks = [] } = options;
  const all = [network, ...furtherNetworks.map((more) => more.network)];
  const lone = all.find(alone);
  if (lone !== undefined && all.length > 1) throw new CaissonError('invalid-argument', `the network ${lone} cannot be had together with another`);
  if (lone !== undefined && (ip ?? ip6 ?? macAddress) !== undefined) throw new CaissonError('invalid-argument', `a container with the network ${lone} gets no address of its own`);
  if (network.startsWith('container:')) checkShared(options);
  const twice = all.find((name, place) => all.indexOf(name) !== place);
  if (twice !== undefined) throw new CaissonError('invalid-argument', `the network ${twice} is named twice`);
  checkAttachment({ network, ...(networkAliases ? { aliases: networkAliases } : {}), ...(ip === undefined ? {} : { ip }), ...(ip6 === undefined ? {} : { ip6 }), ...(macAddress === undefined ? {} : { macAddress }) });
  for (const more of furtherNetworks) checkAttachment(more);
  for (const link of options.links ?? []) parseLink(link);
}

/** What belongs to a network is the other container's, and its alone. */
function checkShared({ network, hostname, ports, publishAll, dns, dnsSearch, dnsOptions, extraHosts, links }: ContainerOptions): void {
  const asked = Object.entries({ 'a host name': hostname !== undefined, 'published ports': Boolean(ports?.length) || publishAll === true, 'name servers': [dns, dnsSearch, dnsOptions].some((list) => list?.length), 'further hosts': Boolean(extraHosts?.length), links: Boolean(links?.length) }).find(([, given]) => given)?.[0];
  if (asked !== undefined) throw new CaissonError('invalid-argument', `${asked} cannot be had with the network ${network}: that container's own count`);
}

/** @throws CaissonError `invalid-argument` */
export function checkAttachment({ network, aliases = [], ip, ip6, macAddress }: NetworkAttachment): void {
  if (ip !== undefined && !isIPv4(ip)) throw new CaissonError('invalid-argument', `${JSON.stringify(ip.slice(0, 60))} is not an IPv4 address`);
  if (ip6 !== undefined && parseAddress6(ip6) === undefined) throw new CaissonError('invalid-argument', `${JSON.stringify(ip6.slice(0, 60))} is not an IPv6 address`);
  if (macAddress !== undefined && !isUnicastMac(macAddress)) throw new CaissonError('invalid-argument', `${JSON.stringify(macAddress.slice(0, 40))} cannot be the MAC address of a container`, { hint: 'write six hexadecimal bytes, the first of them even: 02:42:ac:11:00:02' });
  const wrong = aliases.find((alias) => !isName(alias));
  if (wrong !== undefined) throw new CaissonError('invalid-argument', `${JSON.stringify(wrong.slice(0, 80))} cannot be the name of a container`);
  if (aliases.length > 0 && (network === 'bridge' || network === 'default' || alone(network)))
    throw new CaissonError('invalid-argument', `containers have no names on the network ${network}`, { hint: 'give it a network of your own: caisson network create NAME' });
}

/** `CONTAINER[:ALIAS]`. @throws CaissonError `invalid-argument` */
export function parseLink(text: string): { readonly container: string; readonly alias: string } {
  const [container = '', alias = container.replace(/^\//, ''), ...rest] = text.split(':');
  if (container === '' || !isName(alias) || rest.length > 0) throw new CaissonError('invalid-argument', `not a link: ${JSON.stringify(text.slice(0, 80))}`, { hint: 'write CONTAINER:ALIAS' });
  return { container, alias };
}

/** What can stand in a question for a host, and in /etc/hosts. */
export const isName = (text: string): boolean => /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}$/.test(text);

function isUnicastMac(text: string): boolean {
  return /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i.test(text) && (Number.parseInt(text.slice(0, 2), 16) & 1) === 0;
}
