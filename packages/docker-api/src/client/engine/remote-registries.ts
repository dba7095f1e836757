import { familiarReference, isDigest, normalizePlatform, parseReference, withDefaultTag, type Cancellable, type Descriptor, type FoundRepository, type Registries, type RegistryCall, type RegistryCredentials, type RemoteImage } from '@caisson/core';
import { CaissonError } from '@caisson/core';
import type { AuthResponse } from '../../types/auth.js';
import type { DistributionInspect, ImageSearchItem } from '../../types/image.js';
import type { ApiClient } from '../api-client.js';
import { authConfig, registryAuth, type Credentials } from './registry-auth.js';

/** Registries, as the remote host reaches them. */
export class RemoteRegistries implements Registries {
  readonly #client: ApiClient;
  readonly #credentials: Credentials | undefined;

  constructor(client: ApiClient, credentials: Credentials | undefined) {
    this.#client = client;
    this.#credentials = credentials;
  }

  async login(host: string, credentials: RegistryCredentials, { signal }: Cancellable = {}): Promise<{ readonly identityToken?: string }> {
    const { IdentityToken } = await this.#client.call<AuthResponse>({ method: 'POST', path: '/auth', body: authConfig(host, credentials), ...(signal ? { signal } : {}) });
    return IdentityToken ? { identityToken: IdentityToken } : {};
  }

  async inspect(name: string, { credentials, signal }: RegistryCall = {}): Promise<RemoteImage> {
    const reference = withDefaultTag(parseReference(name));
    const { Descriptor: found, Platforms } = await this.#client.call<DistributionInspect>({ path: `/distribution/${familiarReference(reference)}/json`, headers: await registryAuth(this.#credentials, reference.domain, credentials), ...(signal ? { signal } : {}) });
    if (!isDigest(found?.digest)) throw new CaissonError('unavailable', "the engine's answer has no digest");
    return { descriptor: { mediaType: found.mediaType, digest: found.digest, size: found.size } satisfies Descriptor, platforms: (Platforms ?? []).map(normalizePlatform) };
  }

  async search(term: string, { credentials, signal, limit }: RegistryCall & { readonly limit?: number } = {}): Promise<readonly FoundRepository[]> {
    const [first = ''] = term.split('/');
    const registry = term.includes('/') && /[.:]|^localhost$/.test(first) ? first : 'docker.io';
    const found = await this.#client.call<ImageSearchItem[] | null>({ path: '/images/search', query: { term, limit }, headers: await registryAuth(this.#credentials, registry, credentials), ...(signal ? { signal } : {}) });
    return (found ?? []).map(({ name, description, star_count: stars, is_official: official }) => ({ name, description, stars, official }));
  }
}
