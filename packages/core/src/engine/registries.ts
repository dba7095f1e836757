import type { Descriptor } from '../model/descriptor.js';
import type { Platform } from '../model/platform.js';
import type { Cancellable } from './engine.js';

/** What a registry knows a user by. Absent wherever it may be given: what this host's docker configuration has. */
export type RegistryCredentials =
  | { readonly username: string; readonly password: string }
  | { readonly identityToken: string }
  | { readonly registryToken: string };

/** What is asked of registries without an image being moved. */
export interface Registries {
  /** Shows credentials to a registry and keeps nothing. Resolves with the token it gives in their place, if any. @throws CaissonError `unauthorized` */
  login(host: string, credentials: RegistryCredentials, call?: Cancellable): Promise<{ readonly identityToken?: string }>;
  /** What a name stands for in its registry. @throws CaissonError `not-found`, `unauthorized`, `denied` */
  inspect(name: string, options?: RegistryCall): Promise<RemoteImage>;
  /** Repositories that a registry's search finds, best first; of docker.io where the term names no registry. @throws CaissonError `unsupported` */
  search(term: string, options?: RegistryCall & { readonly limit?: number }): Promise<readonly FoundRepository[]>;
}

export interface RegistryCall extends Cancellable {
  readonly credentials?: RegistryCredentials;
}

export interface RemoteImage {
  readonly descriptor: Descriptor;
  readonly platforms: readonly Platform[];
}

export interface FoundRepository {
  readonly name: string;
  readonly description: string;
  readonly stars: number;
  readonly official: boolean;
}
