import type { ChosenHost, HostChoice, RemoteEngine } from '@caisson/docker-api/client';
import type { RegistryCredentials } from '@caisson/core';
import { mayBeRemote } from './may-be-remote.js';

/** A host that was chosen in place of this one, and its engine. */
export interface RemoteHost extends ChosenHost {
  readonly engine: RemoteEngine;
  /** As docker writes it: `unix:///run/x.sock`. */
  readonly name: string;
}

/**
 * The remote host that flags, the environment or docker's current context name; undefined for this host's own engine. The code that
 * speaks with remote hosts is loaded only if there is one.
 * @throws CaissonError `not-found` for a context that is not there; `invalid-argument`
 */
export async function chooseRemote(choice: HostChoice): Promise<RemoteHost | undefined> {
  if (!mayBeRemote(choice)) return undefined;
  const { chooseHost, formatEndpoint, RemoteEngine: Remote } = await import('@caisson/docker-api/client');
  const chosen = chooseHost(choice);
  if (!chosen.endpoint) return undefined;
  const version = process.env.DOCKER_API_VERSION;
  return { ...chosen, name: formatEndpoint(chosen.endpoint), engine: new Remote(chosen.endpoint, { ...(version ? { version } : {}), credentials: storedCredentials }) };
}

/** The context's name, or the host as docker writes it. */
export function formatHost({ context, name }: RemoteHost): string {
  return context === 'default' ? name : `context ${context}`;
}

/** What `login` has kept for a registry. */
async function storedCredentials(registry: string): Promise<RegistryCredentials | undefined> {
  const { CredentialStore } = await import('@caisson/registry-client');
  return new CredentialStore().get(registry);
}
