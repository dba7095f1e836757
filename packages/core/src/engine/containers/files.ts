import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerMount } from '../../runtime/runtime.js';
import type { ContainerEndpoint, ContainerRecord } from './record.js';

/** Another container, as `--link` names it. */
export interface Linked {
  readonly alias: string;
  readonly name: string;
  readonly address: string;
}

export interface EtcContext {
  readonly endpoints: readonly ContainerEndpoint[];
  readonly links?: readonly Linked[];
  /** The folder of a container whose network it shares: its files are this one's too. */
  readonly sharedFolder?: string;
}

/**
 * Writes the files that the engine puts over the image's own, and returns their mounts: hostname, hosts and resolv.conf. They lie in the
 * container's folder and may be written to from inside, unless all of its root is read-only.
 */
export function writeEtcFiles(folder: string, record: ContainerRecord, { endpoints, links = [], sharedFolder }: EtcContext): ContainerMount[] {
  if (record.osVersion !== undefined) return []; // Windows takes names and servers from its endpoints
  const files = {
    hostname: `${record.hostname}\n`,
    hosts: hosts(record, endpoints, links),
    'resolv.conf': resolvConfOf(record, endpoints),
  };
  const taken = new Set(record.mounts.map((mount) => mount.destination));
  return Object.entries(files).flatMap(([name, text]) => {
    const destination = `/etc/${name}`;
    if (taken.has(destination)) return [];
    const source = join(sharedFolder === undefined || name === 'hostname' ? folder : sharedFolder, name);
    if (source.startsWith(`${folder}/`)) writeFileSync(source, text, { mode: 0o644 });
    return [{ type: 'bind', source, destination, options: ['bind', 'rprivate', record.options.readonlyRootfs ? 'ro' : 'rw'] }];
  });
}

/** Tells a container that runs of its other addresses, in place: the files are mounted into it. What its programs have changed stays. */
export function changeEtcFiles(folder: string, record: ContainerRecord, before: readonly ContainerEndpoint[], after: readonly ContainerEndpoint[]): void {
  const lines = ownLines(record, after);
  const gone = ownLines(record, before).filter((line) => !lines.includes(line));
  change(join(folder, 'hosts'), (text) => {
    const kept = text.split('\n').filter((line) => line !== '' && !gone.includes(line));
    return [...kept, ...lines.filter((line) => !kept.includes(line)), ''].join('\n');
  });
  change(join(folder, 'resolv.conf'), (text) => (text === resolvConfOf(record, before) ? resolvConfOf(record, after) : text));
}

function change(path: string, how: (text: string) => string): void {
  const before = readHost(path);
  const after = how(before);
  if (before !== '' && after !== before) writeFileSync(path, after);
}

export function readHost(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function hosts(record: ContainerRecord, endpoints: readonly ContainerEndpoint[], links: readonly Linked[]): string {
  const { options } = record;
  const own = options.network === 'host' ? readHost('/etc/hosts') : '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n';
  const added = (options.extraHosts ?? []).map((entry) => {
    const at = entry.indexOf(':');
    const address = entry.slice(at + 1).replace(/^\[(.*)\]$/, '$1');
    return `${address === 'host-gateway' ? (endpoints[0]?.gateway ?? '127.0.0.1') : address}\t${entry.slice(0, at)}\n`;
  });
  const linked = links.map(({ alias, name, address }) => `${address}\t${[...new Set([alias, name])].join(' ')}\n`);
  return own + added.join('') + linked.join('') + ownLines(record, endpoints).map((line) => `${line}\n`).join('');
}

/** The container's own names in /etc/hosts. */
function ownLines({ hostname, options }: ContainerRecord, endpoints: readonly ContainerEndpoint[]): string[] {
  const full = options.domainname ? `${hostname}.${options.domainname}` : hostname;
  const names = full.includes('.') ? `${full} ${options.domainname ? hostname : hostname.split('.', 1)[0]}` : full;
  return endpoints.flatMap(({ address, address6 }) => [address, ...(address6 === undefined ? [] : [address6])]).map((address) => `${address}\t${names}`);
}

function resolvConfOf({ options }: ContainerRecord, endpoints: readonly ContainerEndpoint[]): string {
  // Where names are answered for, whoever answers also passes all other questions on.
  const resolvers = endpoints.filter(({ names }) => names !== undefined).map(({ gateway }) => gateway);
  return resolvConf(options, { usesHost: options.network === 'host', resolvers });
}

const isServer = (line: string) => /^\s*nameserver\b/.test(line);
const isLoopback = (line: string) => /^\s*nameserver\s+(127\.|::1\b)/.test(line);

/** The host's, with the servers, domains and options that were asked for in place of its own. */
export function resolvConf({ dns, dnsSearch, dnsOptions }: Pick<ContainerRecord['options'], 'dns' | 'dnsSearch' | 'dnsOptions'>, { usesHost = false, resolvers = [] }: { usesHost?: boolean; resolvers?: readonly string[] } = {}): string {
  const lines = hostLines(usesHost);
  const servers = resolvers.length > 0 ? resolvers : dns;
  const kept = lines.filter((line) => {
    if (isServer(line)) return !servers && (usesHost || !isLoopback(line));
    if (/^\s*(search|domain)/.test(line)) return !dnsSearch;
    return !(/^\s*options/.test(line) && dnsOptions);
  });
  const options = dnsOptions ?? [];
  // A container's name is to be looked for as it is first, and not in all of the host's domains.
  const dots = resolvers.length > 0 && !kept.some((line) => line.includes('ndots')) && !options.some((option) => option.startsWith('ndots')) ? ['ndots:0'] : [];
  const added = [
    ...(servers ?? []).map((server) => `nameserver ${server}`),
    ...(dnsSearch?.some((domain) => domain !== '.') ? [`search ${dnsSearch.join(' ')}`] : []),
    ...(options.length + dots.length > 0 ? [`options ${[...options, ...dots].join(' ')}`] : []),
  ];
  return [...kept, ...added, ''].join('\n');
}

/** Another network namespace does not reach a resolver on the host's loopback: those of systemd-resolved name the real ones in a second file. */
function hostLines(usesHost: boolean): string[] {
  const read = (path: string) => readHost(path).split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const lines = read('/etc/resolv.conf');
  if (usesHost || lines.some((line) => isServer(line) && !isLoopback(line))) return lines;
  const real = read('/run/systemd/resolve/resolv.conf');
  return real.some(isServer) ? real : lines;
}
