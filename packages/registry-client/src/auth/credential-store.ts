import { homedir } from 'node:os';
import { join } from 'node:path';
import { toHost } from '../api/repository.js';
import { entryCredentials, readConfigFile, toEntry, writeConfigFile, type ConfigFile } from './config-file.js';
import { CredentialHelper } from './credential-helper.js';
import type { CredentialProvider, Credentials } from './credentials.js';

export interface CredentialStoreOptions {
  /** Where `DOCKER_CONFIG`, `REGISTRY_AUTH_FILE`, `XDG_RUNTIME_DIR`, `HOME` and helpers' own settings are read. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** What docker calls the Hub, in its file and to its helpers. */
const dockerHubKey = 'https://index.docker.io/v1/';

/**
 * The credentials that users have set up with docker or podman, found and kept where those tools do. They are read when asked for, each
 * time anew: a login elsewhere counts at once.
 *
 * Read, first hit wins: `$REGISTRY_AUTH_FILE`; docker's `config.json` (in `$DOCKER_CONFIG` or `~/.docker`) with `credHelpers`,
 * `credsStore` and `auths`; containers' `auth.json` in `$XDG_RUNTIME_DIR/containers` and `~/.config/containers`. Written: docker's.
 */
export class CredentialStore implements CredentialProvider {
  readonly #env: Readonly<Record<string, string | undefined>>;

  constructor({ env = process.env }: CredentialStoreOptions = {}) {
    this.#env = env;
  }

  /** The file that `store` and `erase` change. */
  get path(): string {
    return join(this.#env.DOCKER_CONFIG || join(this.#home, '.docker'), 'config.json');
  }

  /** @throws CaissonError `invalid-content`, `denied`, `missing-dependency` for a file or helper that cannot be used. */
  async get(host: string, repository?: string): Promise<Credentials | undefined> {
    for (const path of this.#files()) {
      const config = readConfigFile(path);
      const found = config && (await this.#find(config, path, toHost(host), repository));
      if (found) return found;
    }
    return undefined;
  }

  /** Keeps credentials in the helper that is configured for the host, else in the file, as docker's login does. */
  async store(host: string, credentials: Credentials): Promise<{ readonly where: string }> {
    const key = toKey(toHost(host));
    const config = readConfigFile(this.path) ?? {};
    const helper = helperName(config, toHost(host), key);
    if (helper !== undefined) await new CredentialHelper(helper, this.#env).store(key, credentials);
    // Docker lists the hosts whose secrets lie in a helper, too.
    const entry = helper === undefined ? toEntry(credentials) : {};
    const others = Object.entries(config.auths ?? {}).filter(([name]) => name === key || !sameHost(name, toHost(host)));
    await writeConfigFile(this.path, { ...config, auths: { ...Object.fromEntries(others), [key]: entry } });
    return { where: helper === undefined ? this.path : `docker-credential-${helper}` };
  }

  /** Forgets the credentials of a host; true when there were some. */
  async erase(host: string): Promise<boolean> {
    const key = toKey(toHost(host));
    const config = readConfigFile(this.path) ?? {};
    const helper = helperName(config, toHost(host), key);
    const erased = helper === undefined ? false : await new CredentialHelper(helper, this.#env).erase(key);
    const auths = Object.entries(config.auths ?? {});
    const rest = auths.filter(([name]) => !sameHost(name, toHost(host)));
    if (rest.length === auths.length) return erased;
    await writeConfigFile(this.path, { ...config, auths: Object.fromEntries(rest) });
    return true;
  }

  get #home(): string {
    return this.#env.HOME || homedir();
  }

  #files(): string[] {
    const { REGISTRY_AUTH_FILE: explicit, XDG_RUNTIME_DIR: runtime, XDG_CONFIG_HOME: config } = this.#env;
    return [
      ...(explicit ? [explicit] : []),
      this.path,
      ...(runtime ? [join(runtime, 'containers/auth.json')] : []),
      join(config || join(this.#home, '.config'), 'containers/auth.json'),
    ];
  }

  async #find(config: ConfigFile, path: string, host: string, repository: string | undefined): Promise<Credentials | undefined> {
    const key = toKey(host);
    const helper = helperName(config, host, key);
    if (helper !== undefined) {
      const found = await new CredentialHelper(helper, this.#env).get(key);
      if (found) return found;
    }
    const auths = Object.entries(config.auths ?? {});
    // containers' auth.json may name a namespace or a repository: the longest name that fits counts.
    const parts = repository?.split('/') ?? [];
    for (let length = parts.length; length > 0; length--) {
      const name = `${host}/${parts.slice(0, length).join('/')}`;
      const entry = auths.find(([known]) => known === name)?.[1];
      const credentials = entry && entryCredentials(entry, path);
      if (credentials) return credentials;
    }
    const entry = auths.find(([known]) => known === key)?.[1] ?? auths.find(([known]) => sameHost(known, host))?.[1];
    return entry && entryCredentials(entry, path);
  }
}

function toKey(host: string): string {
  return host === 'docker.io' ? dockerHubKey : host;
}

function helperName(config: ConfigFile, host: string, key: string): string | undefined {
  const helpers = config.credHelpers ?? {};
  const name = helpers[host] ?? helpers[key] ?? config.credsStore;
  return name === undefined || name === '' ? undefined : name;
}

/** True where an old or hand-written key means this host: `https://ghcr.io/v2/` and `ghcr.io` are one. */
function sameHost(key: string, host: string): boolean {
  try {
    return toHost(key) === host;
  } catch {
    return false;
  }
}
