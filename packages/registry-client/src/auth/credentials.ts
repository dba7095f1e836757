import { toHost } from '../api/repository.js';

/**
 * What a registry knows a user by: a password; an identity token, which is exchanged for access tokens (OAuth2's refresh token); or a
 * registry token, which is sent as it is.
 */
export type Credentials =
  | { readonly username: string; readonly password: string }
  | { readonly identityToken: string }
  | { readonly registryToken: string };

/** Where credentials come from. Asked only when a registry wants some, and once per repository and client. */
export interface CredentialProvider {
  /** `host` is the registry's domain as in a reference (`docker.io`, `localhost:5000`). Undefined means: go on without. */
  get(host: string, repository?: string): Promise<Credentials | undefined>;
}

/** Never any credentials. */
export const anonymous: CredentialProvider = { get: () => Promise.resolve(undefined) };

/** Credentials that are known beforehand, by registry host. */
export function staticCredentials(hosts: Readonly<Record<string, Credentials>>): CredentialProvider {
  const known = new Map(Object.entries(hosts).map(([host, credentials]) => [toHost(host), credentials]));
  return { get: (host) => Promise.resolve(known.get(host)) };
}
