import { CaissonError } from '../errors.js';
import { isDigest, type Digest } from './digest.js';

/**
 * A parsed image name, after the grammar of distribution/reference (what docker accepts): `[domain/]path[:tag][@digest]`.
 * `domain` and `path` are always filled in: `alpine` is `docker.io` and `library/alpine`.
 */
export interface Reference {
  readonly domain: string;
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const component = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const domainForm =
  /^(?:(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])(?:\.(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]))*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;

/**
 * Parses a name as users type it; adds neither a tag nor a digest that was not there (see `withDefaultTag`).
 * @throws CaissonError `invalid-argument`, naming the part that is wrong.
 */
export function parseReference(name: string): Reference {
  const bad = (why: string, hint?: string): never => {
    throw new CaissonError('invalid-argument', `invalid image name ${JSON.stringify(name.slice(0, 300))}: ${why}`, hint ? { hint } : {});
  };
  if (name === '') bad('it is empty');
  if (/^[0-9a-f]{64}$/.test(name)) bad('64 hexadecimal digits are an image ID, not a name');

  let rest = name;
  let digest: Digest | undefined;
  const at = rest.indexOf('@');
  if (at >= 0) {
    const text = rest.slice(at + 1);
    if (isDigest(text)) digest = text;
    else bad('what follows @ is not a digest', 'a digest is sha256: and 64 hexadecimal digits');
    rest = rest.slice(0, at);
  }
  let tag: string | undefined;
  const colon = rest.lastIndexOf(':');
  if (colon > rest.lastIndexOf('/')) {
    tag = rest.slice(colon + 1);
    if (!tagForm.test(tag)) bad(`${JSON.stringify(tag)} is not a tag`, 'a tag is up to 128 letters, digits, _, . and -, and starts with none of . and -');
    rest = rest.slice(0, colon);
  }
  let domain = 'docker.io';
  const slash = rest.indexOf('/');
  const first = slash < 0 ? '' : rest.slice(0, slash);
  if (slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase())) {
    if (!domainForm.test(first)) bad(`${JSON.stringify(first)} is not a registry host`);
    domain = first === 'index.docker.io' ? 'docker.io' : first;
    rest = rest.slice(slash + 1);
  }
  const lower = rest.toLowerCase();
  if (rest !== lower) bad('the repository must be in lower case', lower.split('/').every((part) => component.test(part)) ? `write it as ${name.replace(rest, lower)}` : undefined);
  for (const part of rest.split('/')) if (!component.test(part)) bad(`${JSON.stringify(part)} is not a valid part of a repository name`);
  const path = domain === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest;
  if (domain.length + 1 + path.length > 255) bad('it is longer than 255 characters');
  return { domain, path, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** `latest`, unless the reference has a tag or a digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: 'latest' } : reference;
}

/** The full form, `docker.io/library/alpine:3`: what the store and registries use as the key. */
export function formatReference({ domain, path, tag, digest }: Reference): string {
  return `${domain}/${path}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** The form that users know, without docker.io and library: `alpine:3`. */
export function familiarReference(reference: Reference): string {
  const path = familiarRepository(reference);
  return `${path}${reference.tag === undefined ? '' : `:${reference.tag}`}${reference.digest === undefined ? '' : `@${reference.digest}`}`;
}

/** The repository alone, as users know it: `alpine`, `ghcr.io/acme/app`. */
export function familiarRepository({ domain, path }: Reference): string {
  if (domain !== 'docker.io') return `${domain}/${path}`;
  return path.startsWith('library/') ? path.slice('library/'.length) : path;
}
