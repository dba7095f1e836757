import { CaissonError } from '@caisson/core';
import type { Challenge } from './challenge.js';
import type { Credentials } from './credentials.js';
import { coversScopes, formatScope, mergeScopes, parseScopes, type Scope } from './scope.js';
import type { Realm, Token, TokenService } from './token.js';

/**
 * What one registry origin wants to see, and what it is shown. Nothing is sent until the registry has asked for it (a 401 with a
 * challenge); from then on `header` gives basic credentials or a bearer token that covers the scopes of the request, fetched and
 * renewed as needed. Requests that need the same token at the same time share one fetch.
 */
export class Authorizer {
  readonly #host: string;
  readonly #lookup: (repository: string | undefined) => Promise<Credentials | undefined>;
  readonly #service: TokenService;
  readonly #known = new Map<string, Promise<Credentials | undefined>>();
  readonly #pending = new Map<string, Promise<Token>>();
  #challenge: 'none' | 'basic' | Realm = 'none';
  #tokens: Token[] = [];
  #seen: Scope[] = [];

  constructor(host: string, lookup: (repository: string | undefined) => Promise<Credentials | undefined>, service: TokenService) {
    this.#host = host;
    this.#lookup = lookup;
    this.#service = service;
  }

  /** The value of the Authorization header, or undefined while none is asked for. */
  async header(scopes: readonly Scope[], signal?: AbortSignal): Promise<string | undefined> {
    if (this.#challenge === 'none') return undefined;
    const credentials = await this.#credentials(scopes);
    if (credentials && 'registryToken' in credentials) return `Bearer ${credentials.registryToken}`;
    if (this.#challenge === 'basic') {
      if (!credentials || !('username' in credentials)) return undefined;
      return `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
    }
    const now = Date.now();
    this.#tokens = this.#tokens.filter((token) => token.renewAt > now);
    const token = this.#tokens.find((t) => coversScopes(t.scopes, scopes)) ?? (await this.#fetch(this.#challenge, scopes, credentials, signal));
    return `Bearer ${token.value}`;
  }

  /**
   * Takes in the challenge of a 401. `sent` is the header that was refused. Resolves with the scopes that the challenge names beyond
   * those of the request, or with undefined where another try would send the same again.
   * @throws CaissonError `unsupported` for a challenge of an unknown kind.
   */
  async challenged(challenges: readonly Challenge[], scopes: readonly Scope[], sent: string | undefined): Promise<readonly Scope[] | undefined> {
    const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.has('realm'));
    if (bearer) {
      this.#challenge = this.#realm(bearer);
      this.#tokens = this.#tokens.filter((token) => sent !== `Bearer ${token.value}`);
      return mergeScopes(scopes, parseScopes(bearer.parameters.get('scope') ?? ''));
    }
    if (challenges.some(({ scheme }) => scheme === 'basic')) {
      this.#challenge = 'basic';
      return sent === undefined && (await this.#credentials(scopes)) ? scopes : undefined;
    }
    if (challenges.length === 0) return undefined;
    throw new CaissonError('unsupported', `${this.#host} asks for an authentication of the kind ${JSON.stringify(challenges[0]?.scheme.slice(0, 40))}`);
  }

  /** True once credentials were looked up and there were some. */
  async hasCredentials(scopes: readonly Scope[]): Promise<boolean> {
    return (await this.#credentials(scopes)) !== undefined;
  }

  #realm({ parameters }: Challenge): Realm {
    const text = parameters.get('realm') ?? '';
    if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
      throw new CaissonError('invalid-content', `${this.#host} names a token server that is no URL: ${JSON.stringify(text.slice(0, 200))}`);
    const service = parameters.get('service');
    return { url: new URL(text), ...(service === undefined ? {} : { service }) };
  }

  async #credentials(scopes: readonly Scope[]): Promise<Credentials | undefined> {
    const repository = scopes.find(({ resource }) => resource.startsWith('repository:'))?.resource.slice('repository:'.length);
    const key = repository ?? '';
    let known = this.#known.get(key);
    if (!known) {
      known = this.#lookup(repository);
      this.#known.set(key, known);
      known.catch(() => this.#known.delete(key));
    }
    return known;
  }

  async #fetch(realm: Realm, scopes: readonly Scope[], credentials: Credentials | undefined, signal: AbortSignal | undefined): Promise<Token> {
    // A run that pulled from a repository and now pushes to it gets one token for both, not one each.
    const resources = new Set(scopes.map(({ resource }) => resource));
    const wanted = mergeScopes(
      scopes,
      this.#seen.filter(({ resource }) => resources.has(resource)),
    );
    this.#seen = mergeScopes(this.#seen, scopes);
    const key = wanted.map(formatScope).sort().join(' ');
    let pending = this.#pending.get(key);
    if (!pending) {
      // Others may share this fetch, so one caller's signal must not end it.
      pending = this.#service.fetch(realm, wanted, credentials).finally(() => this.#pending.delete(key));
      this.#pending.set(key, pending);
      pending.then(
        (token) => this.#tokens.push(token),
        () => {},
      );
    }
    return abortable(pending, signal);
  }
}

async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
