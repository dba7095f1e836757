import type { Engine } from '@caisson/core';
import { openRemoteEngine, parseEndpoint, type Endpoint } from '@caisson/docker-api/client';
import { CredentialStore } from '@caisson/registry-client';

/** An engine behind docker's API, asked once whether it is there. Credentials for registries are those that docker and caisson have stored. */
export function openRemote(host: Endpoint | string): Promise<Engine> {
  return openRemoteEngine(typeof host === 'string' ? parseEndpoint(host) : host, { credentials: (registry) => new CredentialStore().get(registry), signal: AbortSignal.timeout(15_000) });
}
