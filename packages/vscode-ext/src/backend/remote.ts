import type { Engine } from '@caisson/core';
import { parseEndpoint, RemoteEngine, type Endpoint } from '@caisson/docker-api/client';
import { CredentialStore } from '@caisson/registry-client';

/** An engine behind docker's API, asked once whether it is there. Credentials for registries are those that docker and caisson have stored. */
export async function openRemote(host: Endpoint | string): Promise<Engine> {
  const engine = new RemoteEngine(typeof host === 'string' ? parseEndpoint(host) : host, { credentials: (registry) => new CredentialStore().get(registry) });
  try {
    await engine.client.handshake(AbortSignal.timeout(15_000));
    return engine;
  } catch (error) {
    await engine[Symbol.asyncDispose]();
    throw error;
  }
}
