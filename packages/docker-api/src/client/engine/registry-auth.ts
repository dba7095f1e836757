import type { RegistryCredentials } from '@caisson/core';
import type { AuthConfig } from '../../types/auth.js';

/** Finds the credentials for a registry (`docker.io`, `ghcr.io`); undefined where there are none. The client keeps none of its own. */
export type Credentials = (registry: string) => Promise<RegistryCredentials | undefined>;

/** The header for one registry, as docker encodes it. `given` comes before what is found. */
export async function registryAuth(credentials: Credentials | undefined, registry: string, given?: RegistryCredentials): Promise<Record<string, string>> {
  const found = given ?? (await credentials?.(registry));
  return { 'X-Registry-Auth': base64(found ? authConfig(registry, found) : {}) };
}

/** For builds: the credentials of several. */
export async function registryConfig(credentials: Credentials | undefined, registries: readonly string[]): Promise<Record<string, string>> {
  if (!credentials) return {};
  const entries: [string, AuthConfig][] = [];
  for (const registry of registries) {
    const found = await credentials(registry);
    if (found) entries.push([serverAddress(registry), authConfig(registry, found)]);
  }
  return entries.length > 0 ? { 'X-Registry-Config': base64(Object.fromEntries(entries)) } : {};
}

export function authConfig(registry: string, credentials: RegistryCredentials): AuthConfig {
  const serveraddress = serverAddress(registry);
  if ('username' in credentials) return { username: credentials.username, password: credentials.password, serveraddress };
  return 'identityToken' in credentials ? { identitytoken: credentials.identityToken, serveraddress } : { registrytoken: credentials.registryToken, serveraddress };
}

/** The hub has an address of its own here. */
function serverAddress(registry: string): string {
  return registry === 'docker.io' ? 'https://index.docker.io/v1/' : registry;
}

function base64(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
