import { CaissonError } from '@caisson/core';
import type { Credentials } from './credentials.js';
import { coversScopes, formatScope, parseScopes, type Scope } from './scope.js';

/** Where a registry sends its clients for tokens. */
export interface Realm {
  readonly url: URL;
  readonly service?: string;
}

export interface Token {
  readonly value: string;
  /** What was asked for. A server may grant less; the registry then says so with its own words. */
  readonly scopes: readonly Scope[];
  /** When to fetch the next one: some time before this one ends, so that none ends on its way. Milliseconds since 1970. */
  readonly renewAt: number;
}

/** Fetches bearer tokens. Knows nothing of requests: `send` carries one to a token server and gives back status and text. */
export interface TokenService {
  fetch(realm: Realm, scopes: readonly Scope[], credentials: Credentials | undefined): Promise<Token>;
}

export interface TokenRequest {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  readonly authorization?: string;
  readonly form?: URLSearchParams;
}

export type SendTokenRequest = (request: TokenRequest) => Promise<{ readonly status: number; readonly json: unknown }>;

const clientId = 'caisson';

/**
 * Distribution's token protocols: a GET with basic credentials (or none), and OAuth2's POST for identity tokens and for servers that
 * know no GET. An identity token that the server replaces is replaced here, for as long as the client lives.
 */
export class DistributionTokens implements TokenService {
  readonly #send: SendTokenRequest;
  readonly #replaced = new Map<string, string>();

  readonly #onIdentityToken: ((token: string) => void) | undefined;

  constructor(send: SendTokenRequest, onIdentityToken?: (token: string) => void) {
    this.#send = send;
    this.#onIdentityToken = onIdentityToken;
  }

  async fetch(realm: Realm, scopes: readonly Scope[], credentials: Credentials | undefined): Promise<Token> {
    if (credentials && 'identityToken' in credentials) return this.#post(realm, scopes, credentials);
    const url = new URL(realm.url);
    if (realm.service !== undefined) url.searchParams.set('service', realm.service);
    for (const scope of scopes) url.searchParams.append('scope', formatScope(scope));
    const basic = credentials && 'username' in credentials ? credentials : undefined;
    if (basic) url.searchParams.set('account', basic.username);
    if (this.#onIdentityToken) {
      url.searchParams.set('offline_token', 'true');
      url.searchParams.set('client_id', clientId);
    }
    const { status, json } = await this.#send({
      method: 'GET',
      url,
      ...(basic ? { authorization: `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}` } : {}),
    });
    if (status === 200) {
      const identity = isObject(json) ? json.refresh_token : undefined;
      if (basic && typeof identity === 'string' && identity !== '') this.#onIdentityToken?.(identity);
      return toToken(json, scopes, realm);
    }
    if (basic && (status === 404 || status === 405)) return this.#post(realm, scopes, basic);
    throw refusal(realm, status, json, basic !== undefined);
  }

  async #post(
    realm: Realm,
    scopes: readonly Scope[],
    credentials: { identityToken: string } | { username: string; password: string },
  ): Promise<Token> {
    const form = new URLSearchParams({ client_id: clientId, service: realm.service ?? '', scope: scopes.map(formatScope).join(' ') });
    const identity = 'identityToken' in credentials ? credentials.identityToken : undefined;
    if (identity !== undefined) {
      form.set('grant_type', 'refresh_token');
      form.set('refresh_token', this.#replaced.get(identity) ?? identity);
    } else if ('username' in credentials) {
      form.set('grant_type', 'password');
      form.set('username', credentials.username);
      form.set('password', credentials.password);
    }
    const { status, json } = await this.#send({ method: 'POST', url: realm.url, form });
    if (status !== 200) throw refusal(realm, status, json, true);
    const refreshed = isObject(json) ? json.refresh_token : undefined;
    if (identity !== undefined && typeof refreshed === 'string' && refreshed !== '') this.#replaced.set(identity, refreshed);
    return toToken(json, scopes, realm);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function toToken(json: unknown, scopes: readonly Scope[], realm: Realm): Token {
  const fields = isObject(json) ? json : {};
  const value = [fields.token, fields.access_token].find((v) => typeof v === 'string' && v !== '');
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value))
    throw new CaissonError('invalid-content', `the token server ${realm.url.host} answered without a token`);
  // OAuth2 servers name what they granted; asking again for what was refused would only repeat the answer, so what was asked for counts.
  const granted = typeof fields.scope === 'string' ? parseScopes(fields.scope) : [];
  const seconds = typeof fields.expires_in === 'number' && fields.expires_in > 0 ? fields.expires_in : 60;
  const life = Math.min(seconds, 86_400) * 1000;
  // The clocks may differ, so the server's issued_at is not used.
  return { value, scopes: coversScopes(granted, scopes) ? granted : scopes, renewAt: Date.now() + Math.max(life * 0.8, life - 10_000) };
}

function refusal(realm: Realm, status: number, json: unknown, withCredentials: boolean): CaissonError {
  const words = tokenServerWords(json);
  const unauthorized = status === 401 || status === 400;
  const code = unauthorized ? 'unauthorized' : status === 403 ? 'denied' : status === 429 || status >= 500 ? 'unavailable' : 'unauthorized';
  return new CaissonError(code, `the token server ${realm.url.host} answered ${status}${words ? `: ${words}` : ''}`, {
    details: { status, url: `${realm.url.origin}${realm.url.pathname}` },
    ...(unauthorized && withCredentials ? { hint: 'the credentials were refused: log in again' } : {}),
  });
}

function tokenServerWords(json: unknown): string | undefined {
  if (!isObject(json)) return undefined;
  const first: unknown = Array.isArray(json.errors) ? json.errors[0] : undefined;
  const candidates = [isObject(first) ? first.message : undefined, json.error_description, json.details, json.message, json.error];
  const words = candidates.find((value) => typeof value === 'string' && value !== '');
  return typeof words === 'string' ? words.replace(/[\p{Cc}\s]+/gu, ' ').trim().slice(0, 300) : undefined;
}
