import { CaissonError, familiarReference, formatReference, parseReference, withDefaultTag, type Reference } from '@caisson/core';
import type { Endpoint } from '../hosts/endpoint.js';

/** A registry's repository: where blobs and manifests live. */
export interface Repository {
  readonly domain: string;
  readonly path: string;
}

/** What users write, or what was parsed from it. An object made by hand is held to the same grammar. @throws CaissonError `invalid-argument` */
export function toReference(reference: string | Reference): Reference {
  return parseReference(typeof reference === 'string' ? reference : formatReference(reference));
}

/** The digest where there is one, else the tag (`latest` where nothing is said): what a manifest is asked for by. */
export function manifestKey(reference: Reference): string {
  const { digest, tag } = withDefaultTag(reference);
  return digest ?? tag ?? 'latest';
}

/** For messages. */
export function nameOf(reference: Reference): string {
  return familiarReference(withDefaultTag(reference));
}

/** A path below `/v2/` of an endpoint. */
export function pathOf(endpoint: Endpoint, repository: Repository, rest: string): string {
  return `${scopedPath(endpoint, repository)}/${rest}`;
}

/** The path that a mirror knows the repository by: the one its tokens must name. */
export function scopedPath({ prefix, under }: Endpoint, { path }: Repository): string {
  if (under === '') return prefix + path;
  return path === under ? prefix.replace(/\/$/, '') : prefix + path.slice(under.length + 1);
}

/** A registry host as users write it for `login`, `ping` and `catalog`. @throws CaissonError `invalid-argument` */
export function toHost(host: string): string {
  const bare = host.replace(/^https?:\/\//, '').replace(/\/(?:v[12]\/?)?$/, '');
  if (['', 'docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com'].includes(bare)) return 'docker.io';
  if (bare.includes('/') || !URL.canParse(`https://${bare}`) || new URL(`https://${bare}`).username !== '')
    throw new CaissonError('invalid-argument', `not a registry host: ${JSON.stringify(host.slice(0, 200))}`, { hint: 'write host or host:port' });
  return bare;
}
