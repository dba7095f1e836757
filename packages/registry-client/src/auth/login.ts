import { toHost } from '../api/repository.js';
import { withDefaults, type RegistryClientOptions } from '../options.js';
import { Transport } from '../transport/transport.js';
import { CredentialStore } from './credential-store.js';
import { staticCredentials, type Credentials } from './credentials.js';

export interface LoginOptions extends Omit<RegistryClientOptions, 'credentials'> {
  /** Where the credentials go when the registry has taken them. Default: docker's configuration. */
  readonly store?: CredentialStore;
}

/**
 * Shows credentials to a registry and keeps them if it takes them. Where its token server gives an identity token for a password, that
 * is kept and the password is not. Resolves with where they are kept.
 * @throws CaissonError `unauthorized` with the registry's words where they are refused: then nothing is kept.
 */
export async function login(host: string, credentials: Credentials, options: LoginOptions = {}): Promise<{ readonly where: string }> {
  const domain = toHost(host);
  let kept = credentials;
  const transport = new Transport({
    credentials: staticCredentials({ [domain]: credentials }),
    ...withDefaults(options),
    onIdentityToken: (identityToken) => (kept = { identityToken }),
  });
  try {
    const reply = await transport.call(transport.origin({ domain, path: '' }, 'push'), { method: 'GET', target: '', doing: `logging in to ${domain}`, hint401: 'check the user name and the password', scopes: [], ok: [200] });
    await reply.discard();
  } finally {
    await transport.close();
  }
  return (options.store ?? new CredentialStore(options.env ? { env: options.env } : {})).store(domain, kept);
}

/** Forgets the credentials of a registry; true when there were some. */
export async function logout(host: string, options: { store?: CredentialStore } = {}): Promise<boolean> {
  return (options.store ?? new CredentialStore()).erase(host);
}
