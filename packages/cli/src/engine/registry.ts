import { CaissonError, hostPlatform, imageManifests, isIndex, parseReference, withDefaultTag, type AskCredentials, type FoundRepository, type RegistryAccess, type RegistryCredentials } from '@caisson/core';
import { CredentialStore, login, registrySink, registrySource, RegistryClient, staticCredentials, type Credentials, type UploadSessions } from '@caisson/registry-client';
import { registrySettings, type RegistrySettings } from './registry-settings.js';

/** Clients of other credentials than the host's own that are kept for their tokens. */
const keptClients = 16;

/** `uploads`: where unfinished uploads are remembered. The settings are asked for anew for each call, since a daemon's may change. */
export function openRegistry(uploads: UploadSessions, settings: () => RegistrySettings = once(registrySettings)): RegistryAccess {
  let common: { readonly settings: RegistrySettings; readonly client: RegistryClient; readonly others: Map<string, RegistryClient> } | undefined;
  const asking = new WeakMap<AskCredentials, RegistryClient>();
  const clientFor = (domain: string, credentials?: RegistryCredentials | AskCredentials): RegistryClient => {
    const now = settings();
    if (common?.settings !== now) common = { settings: now, client: new RegistryClient({ ...now }), others: new Map() };
    if (!credentials) return common.client;
    if (typeof credentials === 'function') {
      const client = asking.get(credentials) ?? new RegistryClient({ ...now, credentials: { get: credentials } });
      asking.set(credentials, client);
      return client;
    }
    const key = `${domain} ${JSON.stringify(credentials)}`;
    const client = common.others.get(key) ?? new RegistryClient({ ...now, credentials: staticCredentials({ [domain]: credentials }) });
    common.others.delete(key);
    common.others.set(key, client);
    const [oldest] = common.others.keys();
    if (common.others.size > keptClients && oldest !== undefined) common.others.delete(oldest);
    return client;
  };
  return {
    source: (reference, credentials) => registrySource(clientFor(reference.domain, credentials), reference),
    sink: (reference, credentials) => registrySink(clientFor(reference.domain, credentials), reference, { sessions: uploads }),
    async login(host, credentials, { signal } = {}) {
      const store = new NotKept();
      await login(host, credentials, { store, ...settings(), ...(signal ? { signal } : {}) });
      return store.identityToken === undefined ? {} : { identityToken: store.identityToken };
    },
    async inspect(name, { credentials, signal } = {}) {
      const reference = withDefaultTag(parseReference(name));
      const client = clientFor(reference.domain, credentials);
      const call = signal ? { signal } : {};
      const { descriptor, document } = await client.manifest(reference, call);
      if (isIndex(document)) return { descriptor, platforms: imageManifests(document.manifests).flatMap(({ platform }) => platform ?? []) };
      const { os, architecture, variant } = await client.config(reference, { ...call, platform: hostPlatform() }).catch(() => hostPlatform());
      return { descriptor, platforms: [{ os, architecture, ...(variant === undefined ? {} : { variant }) }] };
    },
    search: (term, { limit = 25, credentials, signal } = {}) => search(term, { limit, signal, client: (domain) => clientFor(domain, credentials) }),
  };
}

/** What this host's files say, read when a registry is first spoken to. */
function once(read: () => RegistrySettings): () => RegistrySettings {
  let known: RegistrySettings | undefined;
  return () => (known ??= read());
}

/** A login that is only tried: what the registry gives for it is handed back, not kept. */
class NotKept extends CredentialStore {
  identityToken: string | undefined;

  override store(_host: string, credentials: Credentials): Promise<{ readonly where: string }> {
    if ('identityToken' in credentials) this.identityToken = credentials.identityToken;
    return Promise.resolve({ where: 'nowhere' });
  }
}

interface SearchCall {
  readonly limit: number;
  readonly signal: AbortSignal | undefined;
  readonly client: (domain: string) => RegistryClient;
}

/** docker.io has a search of its own; of other registries, which have none, the list of repositories is looked through. */
async function search(term: string, { limit, signal, client }: SearchCall): Promise<FoundRepository[]> {
  const [, host, rest = ''] = /^([^/]*[.:][^/]*|localhost)\/(.+)$/.exec(term) ?? [undefined, undefined, term];
  if (host === undefined || host === 'docker.io' || host === 'index.docker.io') return searchHub(rest, limit, signal);
  const found: FoundRepository[] = [];
  for await (const name of client(host).catalog(host, signal ? { signal } : {})) {
    if (name.includes(rest)) found.push({ name: `${host}/${name}`, description: '', stars: 0, official: false });
    if (found.length >= limit) break;
  }
  return found;
}

async function searchHub(term: string, limit: number, signal: AbortSignal | undefined): Promise<FoundRepository[]> {
  const url = `https://index.docker.io/v1/search?q=${encodeURIComponent(term)}&n=${limit}`;
  let body: unknown;
  try {
    const reply = await fetch(url, signal ? { signal } : {});
    if (!reply.ok) throw new CaissonError('unavailable', `docker.io answered a search with status ${reply.status}`);
    body = await reply.json();
  } catch (error) {
    throw error instanceof CaissonError ? error : new CaissonError('unavailable', 'docker.io does not answer a search', { cause: error });
  }
  const results = typeof body === 'object' && body !== null && 'results' in body && Array.isArray(body.results) ? (body.results as unknown[]) : [];
  return results.flatMap((one) => {
    const { name, description, star_count: stars, is_official: official } = (typeof one === 'object' && one !== null ? one : {}) as Record<string, unknown>;
    return typeof name === 'string' ? [{ name, description: typeof description === 'string' ? description : '', stars: typeof stars === 'number' ? stars : 0, official: official === true }] : [];
  });
}
