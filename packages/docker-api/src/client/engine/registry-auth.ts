import type { AuthConfig } from '../../types/auth.js';

/** Finds the credentials for a registry; undefined where there are none. The library keeps none of its own. */
export type Credentials = (registry: string) => Promise<AuthConfig | undefined>;

/** The header for one registry, as docker encodes it. */
export async function registryAuth(credentials: Credentials | undefined, registry: string): Promise<Record<string, string>> {
  const found = await credentials?.(registry);
  return { 'X-Registry-Auth': base64(found ?? {}) };
}

/** For builds: the credentials of several. */
export async function registryConfig(credentials: Credentials | undefined, registries: readonly string[]): Promise<Record<string, string>> {
  if (!credentials) return {};
  const entries = await Promise.all(registries.map(async (registry) => [registry, await credentials(registry)] as const));
  const known = entries.filter((entry): entry is [string, AuthConfig] => entry[1] !== undefined);
  return known.length > 0 ? { 'X-Registry-Config': base64(Object.fromEntries(known)) } : {};
}

function base64(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
