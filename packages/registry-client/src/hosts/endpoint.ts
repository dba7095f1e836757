import { CaissonError } from '@caisson/core';
import type { HostConfig } from '../options.js';
import { hostConfig } from './host-config.js';

/** One place that serves a registry's API: the registry of a reference's domain itself, or a mirror of it. */
export interface Endpoint {
  /** The domain whose configuration, certificates and credentials count: for a mirror, the mirror's own. */
  readonly host: string;
  /** The authority to connect to: `registry-1.docker.io` for docker.io. */
  readonly authority: string;
  /** Put before a repository's path; ends with a slash where it is not empty. */
  readonly prefix: string;
  /** `probe` tries TLS first and takes plain HTTP where the host does not speak it. */
  readonly scheme: 'https' | 'http' | 'probe';
  /** True where the certificate is not checked. */
  readonly insecure: boolean;
  readonly mirror: boolean;
}

/** `docker.io` is served by another name than its own. */
export function apiAuthority(domain: string): string {
  return domain === 'docker.io' || domain === 'index.docker.io' ? 'registry-1.docker.io' : domain;
}

/** True for localhost and loopback addresses, which docker and Caisson trust without TLS. */
export function isLoopback(authority: string): boolean {
  const host = authority.replace(/:\d+$/, '').toLowerCase();
  return host === 'localhost' || host.endsWith('.localhost') || /^127(?:\.\d{1,3}){3}$/.test(host) || host === '[::1]';
}

/** The endpoints of a domain in the order in which they are asked: mirrors serve pulls only. */
export function endpointsOf(domain: string, hosts: Readonly<Record<string, HostConfig>>, purpose: 'pull' | 'push'): Endpoint[] {
  const config = hostConfig(domain, hosts);
  if (config.blocked) throw new CaissonError('denied', `${domain} is blocked by this host's configuration of registries`, { hint: 'see registries.conf' });
  const own = endpoint(domain, config, '');
  if (purpose === 'push') return [own];
  return [...(config.mirrors ?? []).map((mirror) => mirrorEndpoint(mirror, hosts)), own];
}

function endpoint(host: string, config: HostConfig, prefix: string, scheme?: 'https' | 'http', mirror = false): Endpoint {
  const authority = apiAuthority(host);
  // Who gives a certificate authority wants it checked, on loopback too.
  const trusting = config.insecure ?? (isLoopback(authority) && config.ca === undefined);
  const chosen = config.plainHttp ? 'http' : (scheme ?? (trusting ? 'probe' : 'https'));
  return { host, authority, prefix, scheme: chosen, insecure: trusting, mirror };
}

function mirrorEndpoint(mirror: string, hosts: Readonly<Record<string, HostConfig>>): Endpoint {
  const explicit = /^(https?):\/\//.exec(mirror);
  const text = explicit ? mirror : `https://${mirror}`;
  if (!URL.canParse(text)) throw new CaissonError('invalid-argument', `the mirror ${JSON.stringify(mirror.slice(0, 200))} is no URL`);
  const url = new URL(text);
  if (url.username !== '' || url.search !== '' || url.hash !== '')
    throw new CaissonError('invalid-argument', `the mirror ${url.host} must be a host and a path alone`, { hint: 'credentials belong in a login' });
  const path = url.pathname.replace(/^\/(?:v2(?:\/|$))?/, '').replace(/\/+$/, '');
  const scheme = explicit ? (explicit[1] as 'https' | 'http') : undefined;
  const made = endpoint(url.host, hostConfig(url.host, hosts), path === '' ? '' : `${path}/`, undefined, true);
  return scheme === 'http' ? { ...made, scheme: 'http' } : made;
}
