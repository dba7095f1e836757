import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerMount } from '../../runtime/runtime.js';
import type { ContainerEndpoint, ContainerRecord } from './record.js';

/**
 * Writes the files that the engine puts over the image's own, and returns their mounts: hostname, hosts and resolv.conf. They lie in the
 * container's folder and may be written to from inside.
 */
export function writeEtcFiles(folder: string, record: ContainerRecord, endpoints: readonly ContainerEndpoint[]): ContainerMount[] {
  const { options, hostname } = record;
  const files = {
    hostname: `${hostname}\n`,
    hosts: hosts(options.extraHosts ?? [], hostname, options.domainname, endpoints, options.network === 'host'),
    'resolv.conf': resolvConf(readHost('/etc/resolv.conf'), options, options.network === 'host'),
  };
  const taken = new Set(record.mounts.map((mount) => mount.destination));
  return Object.entries(files).flatMap(([name, text]) => {
    const destination = `/etc/${name}`;
    if (taken.has(destination)) return [];
    const source = join(folder, name);
    writeFileSync(source, text, { mode: 0o644 });
    return [{ type: 'bind', source, destination, options: ['bind', 'rprivate', 'rw'] }];
  });
}

export function readHost(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function hosts(extra: readonly string[], hostname: string, domain: string | undefined, endpoints: readonly ContainerEndpoint[], usesHost: boolean): string {
  const names = domain ? `${hostname}.${domain} ${hostname}` : hostname;
  const own = usesHost ? readHost('/etc/hosts') : '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n';
  const added = extra.map((entry) => {
    const at = entry.indexOf(':');
    const address = entry.slice(at + 1);
    return `${address === 'host-gateway' ? (endpoints[0]?.gateway ?? '127.0.0.1') : address}\t${entry.slice(0, at)}\n`;
  });
  return own + added.join('') + endpoints.map(({ address }) => `${address}\t${names}\n`).join('');
}

/** The host's, less what cannot be reached from another network namespace: resolvers on the host's loopback. */
export function resolvConf(own: string, { dns, dnsSearch, dnsOptions }: Pick<ContainerRecord['options'], 'dns' | 'dnsSearch' | 'dnsOptions'>, usesHost: boolean): string {
  const lines = own.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const kept = lines.filter((line) => {
    if (/^\s*nameserver/.test(line)) return !dns && (usesHost || !/^\s*nameserver\s+(127\.|::1\b)/.test(line));
    if (/^\s*(search|domain)/.test(line)) return !dnsSearch;
    return !(/^\s*options/.test(line) && dnsOptions);
  });
  const added = [
    ...(dns ?? []).map((server) => `nameserver ${server}`),
    ...(dnsSearch?.some((domain) => domain !== '.') ? [`search ${dnsSearch.join(' ')}`] : []),
    ...(dnsOptions?.length ? [`options ${dnsOptions.join(' ')}`] : []),
  ];
  return [...kept, ...added, ''].join('\n');
}
