import { CaissonError } from '@caisson/core';
import type { HostConfig } from '../options.js';
import { hostConfig, repositoryConfig } from './host-config.js';

/** What is to be reached: a repository or something in it, or a registry as a whole (an empty path). */
export interface Wanted {
  readonly domain: string;
  readonly path: string;
  readonly tag?: string;
  readonly digest?: string;
}

/** One place that serves a registry's API: the registry of a reference's domain itself, or a mirror of it. */
export interface Endpoint {
  /** The domain whose configuration, certificates and credentials count: for a mirror, the mirror's own. */
  readonly host: string;
  /** The authority to connect to: `registry-1.docker.io` for docker.io. */
  readonly authority: string;
  /** Put before a repository's path; ends with a slash where it is not empty. */
  readonly prefix: string;
  /** The beginning of a repository's path that the prefix takes the place of. */
  readonly under: string;
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

/** The endpoints of a repository in the order in which they are asked: mirrors, and the place that is said to be the real one, serve pulls only. */
export function endpointsOf(wanted: Wanted, hosts: Readonly<Record<string, HostConfig>>, purpose: 'pull' | 'push'): Endpoint[] {
  const { domain, path, tag, digest } = wanted;
  const name = `${domain}${path === '' ? '' : `/${path}`}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
  const { config, under } = repositoryConfig(domain, name, hosts);
  if (config.blocked) throw new CaissonError('denied', `${under === '' ? domain : `${domain}/${under}`} is blocked by this host's configuration of registries`, { hint: 'see registries.conf' });
  const own = endpoint(domain, hostConfig(domain, hosts));
  if (purpose === 'push') return [own];
  const mirrors = (config.mirrors ?? []).map((mirror) => (typeof mirror === 'string' ? { location: mirror } : mirror));
  const serving = mirrors.filter(({ only }) => only === undefined || (only === 'digests') === (digest !== undefined));
  const real = config.location === undefined ? own : { ...elsewhere(config.location, under, hosts), mirror: false };
  return [...serving.map(({ location }) => elsewhere(location, under, hosts)), real];
}

function endpoint(host: string, config: HostConfig): Endpoint {
  const authority = apiAuthority(host);
  // Who gives a certificate authority wants it checked, on loopback too.
  const trusting = config.insecure ?? (isLoopback(authority) && config.ca === undefined);
  return { host, authority, prefix: '', under: '', scheme: config.plainHttp ? 'http' : trusting ? 'probe' : 'https', insecure: trusting, mirror: false };
}

/** A mirror, or another place, that has what is below `under` below its own path. */
function elsewhere(location: string, under: string, hosts: Readonly<Record<string, HostConfig>>): Endpoint {
  const explicit = /^(https?):\/\//.exec(location);
  const text = explicit ? location : `https://${location}`;
  if (!URL.canParse(text)) throw new CaissonError('invalid-argument', `the mirror ${JSON.stringify(location.slice(0, 200))} is no URL`);
  const url = new URL(text);
  if (url.username !== '' || url.search !== '' || url.hash !== '')
    throw new CaissonError('invalid-argument', `the mirror ${url.host} must be a host and a path alone`, { hint: 'credentials belong in a login' });
  const path = url.pathname.replace(/^\/(?:v2(?:\/|$))?/, '').replace(/\/+$/, '');
  const made = { ...endpoint(url.host, hostConfig(url.host, hosts)), prefix: path === '' ? '' : `${path}/`, under, mirror: true };
  return explicit?.[1] === 'http' ? { ...made, scheme: 'http' } : made;
}
