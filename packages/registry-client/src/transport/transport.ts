import { CaissonError, isCaissonError } from '@caisson/core';
import { Authorizer } from '../auth/authorizer.js';
import { parseChallenges } from '../auth/challenge.js';
import type { CredentialProvider } from '../auth/credentials.js';
import { DistributionTokens, type TokenRequest } from '../auth/token.js';
import { readHostCertificates } from '../hosts/certs.js';
import { endpointsOf, isLoopback, type Endpoint, type Wanted } from '../hosts/endpoint.js';
import { hostConfig } from '../hosts/host-config.js';
import type { FetchLimits, HostConfig } from '../options.js';
import type { Call, Reply } from './call.js';
import { Dispatchers, type TlsSettings } from './dispatchers.js';
import { exchange, type Exchange } from './exchange.js';
import { faultKind, isTemporary, toFault } from './fault.js';
import { isTemporaryStatus, registryError } from './registry-error.js';
import { parseRetryAfter, Retry } from './retry.js';

export interface TransportOptions {
  readonly credentials: CredentialProvider;
  readonly hosts: Readonly<Record<string, HostConfig>>;
  readonly certsDirs: readonly string[];
  readonly userAgent: string;
  readonly limits: Required<FetchLimits>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal | undefined;
  /** Called with the identity token that a token server gives for a password: with this, one is asked for. */
  readonly onIdentityToken?: (token: string) => void;
}

/** An endpoint as it was found: its scheme, its TLS settings and what it wants to be shown. */
interface Origin {
  readonly endpoint: Endpoint;
  readonly base: URL;
  readonly authorizer: Authorizer;
}

/** Carries calls to endpoints: scheme, TLS, authorization, redirects, tries after temporary faults, and errors in the registry's words. */
export class Transport {
  readonly options: TransportOptions;
  readonly #dispatchers: Dispatchers;
  readonly #origins = new Map<string, Promise<Origin>>();
  readonly #tls = new Map<string, TlsSettings>();
  /** Hosts that have answered: when nobody is there any more, they may be restarting. */
  readonly #answered = new Set<string>();

  constructor(options: TransportOptions) {
    this.options = options;
    this.#dispatchers = new Dispatchers(options.env, options.limits);
  }

  /** The endpoints that serve a repository, or a registry as a whole, in order. */
  endpoints(wanted: Wanted, purpose: 'pull' | 'push'): Endpoint[] {
    return endpointsOf(wanted, this.options.hosts, purpose);
  }

  /** The one where things are kept: that to write to, or that to list from, which no mirror answers for. */
  origin(wanted: Wanted, purpose: 'pull' | 'push'): Endpoint {
    const last = this.endpoints(wanted, purpose).at(-1);
    if (!last) throw new CaissonError('internal', `${wanted.domain} has no endpoint`);
    return last;
  }

  newRetry(): Retry {
    return new Retry(this.options.limits);
  }

  /**
   * Asks the endpoints one after the other until one gives an answer that can be read as wished. The error is the last one's: that of
   * the registry itself.
   * @throws CaissonError
   */
  async pull<T>(wanted: Wanted, call: (endpoint: Endpoint) => Call, read: (reply: Reply) => T | Promise<T>): Promise<T> {
    const endpoints = this.endpoints(wanted, 'pull');
    for (const endpoint of endpoints) {
      try {
        // One try for a mirror: whoever comes next is sooner asked than a lame one waited for.
        const last = endpoint === endpoints.at(-1);
        return await this.read(endpoint, last ? call(endpoint) : { ...call(endpoint), retry: false }, read);
      } catch (error) {
        if (endpoint === endpoints.at(-1) || isCaissonError(error, 'cancelled')) throw error;
      }
    }
    throw new CaissonError('internal', `${wanted.domain} has no endpoint`);
  }

  /** An answer whose body is still to come. @throws CaissonError for every answer but those that the call names. */
  async call(endpoint: Endpoint, call: Call): Promise<Reply> {
    return this.read(endpoint, call, (reply) => reply);
  }

  /** An answer and what is made of it: a body that breaks is asked for again. @throws CaissonError */
  async read<T>(endpoint: Endpoint, call: Call, read: (reply: Reply) => T | Promise<T>): Promise<T> {
    const signal = this.#signal(call.signal);
    const retry = this.newRetry();
    for (;;) {
      let host = endpoint.host;
      let retryAfter: number | undefined;
      let fault: CaissonError;
      try {
        if (signal?.aborted) throw new CaissonError('cancelled', `${call.doing}: cancelled`, { cause: signal.reason });
        const { origin, first } = await this.#origin(endpoint, { ...call, signal });
        host = origin.base.host;
        const reply = await this.#authorized(origin, { ...call, signal }, first);
        this.#answered.add(host);
        if (call.ok.includes(reply.status)) return await read(reply);
        retryAfter = parseRetryAfter(reply.header('retry-after'));
        fault = this.#refusal(endpoint, call, reply, await reply.start(65_536), retryAfter);
      } catch (error) {
        fault = toFault(error, host, call.doing, signal);
      }
      const again = isTemporary(fault) || (fault.details?.absent === true && this.#answered.has(host));
      if (call.retry === false || !again || !(await retry.wait(retryAfter, signal))) throw fault;
    }
  }

  /** A GET without any credentials, for a URL that some document names. Mirrors, proxies and certificates count as for every host. */
  async fetchForeign(url: URL, call: Pick<Call, 'headers' | 'signal' | 'doing' | 'ok'>): Promise<Reply> {
    const signal = this.#signal(call.signal);
    try {
      const reply = await this.#exchange(url, { method: 'GET', ...call, signal }, undefined, false);
      if (call.ok.includes(reply.status)) return reply;
      throw registryError({ doing: call.doing, host: url.host, method: 'GET', url: reply.url, status: reply.status, body: await reply.start(4096) });
    } catch (error) {
      throw toFault(error, url.host, call.doing, signal);
    }
  }

  async close(): Promise<void> {
    await this.#dispatchers.close();
  }

  #refusal(endpoint: Endpoint, call: Call, reply: Reply, body: Uint8Array, retryAfter: number | undefined): CaissonError {
    const { status } = reply;
    const hint =
      status === 401
        ? (call.hint401 ?? `log in to ${endpoint.host}, or check that the name is right`)
        : retryAfter !== undefined && isTemporaryStatus(status)
          ? `the registry asks to come back in ${Math.ceil(retryAfter / 1000)} seconds`
          : undefined;
    return registryError({ doing: call.doing, host: endpoint.host, method: call.method, url: reply.url, status, body, retryAfter, ...(hint ? { hint } : {}) });
  }

  /** `first`: the answer to the call without any authorization, where that is known already. */
  async #authorized(origin: Origin, call: Call, first: Reply | undefined): Promise<Reply> {
    const { base, endpoint, authorizer } = origin;
    const url = typeof call.target === 'string' ? new URL(call.target, new URL('/v2/', base)) : ownScheme(call.target, base);
    let scopes = call.scopes;
    for (let round = 0; ; round++) {
      const known = round === 0 ? first : undefined;
      const sent = known || url.origin !== base.origin ? undefined : await authorizer.header(scopes, call.signal);
      const reply = known ?? (await this.#exchange(url, call, { origin: base.origin, authorization: sent }, endpoint.insecure));
      if (reply.status !== 401 || reply.url.origin !== base.origin || round >= 2) return reply;
      const wider = await authorizer.challenged(parseChallenges(reply.headers('www-authenticate')), scopes, sent);
      if (wider === undefined) return reply;
      scopes = wider;
      await reply.discard();
    }
  }

  async #exchange(
    url: URL,
    call: Exchange,
    authorized: { origin: string; authorization: string | undefined } | undefined,
    insecure: boolean,
  ): Promise<Reply> {
    return exchange(this.#dispatchers, this.options.userAgent, url, call, {
      origin: authorized?.origin ?? '',
      authorization: authorized?.authorization,
      insecure,
      tls: (at) => this.#tlsFor(at.host),
    });
  }

  #signal(signal: AbortSignal | undefined): AbortSignal | undefined {
    const own = this.options.signal;
    return own && signal && own !== signal ? AbortSignal.any([own, signal]) : (signal ?? own);
  }

  #tlsFor(host: string): TlsSettings {
    const known = this.#tls.get(host) ?? this.#readTls(host);
    this.#tls.set(host, known);
    return known;
  }

  #readTls(authority: string): TlsSettings {
    const host = authority === 'registry-1.docker.io' ? 'docker.io' : authority;
    const config = hostConfig(host, this.options.hosts);
    const files = config.ca === undefined && config.cert === undefined ? readHostCertificates(this.options.certsDirs, host) : undefined;
    const ca = config.ca === undefined ? (files?.ca ?? []) : [config.ca].flat();
    const cert = config.cert ?? files?.cert;
    const key = config.key ?? files?.key;
    const insecure = config.insecure ?? (isLoopback(authority) && ca.length === 0);
    return { insecure, ca, ...(cert === undefined ? {} : { cert }), ...(key === undefined ? {} : { key }) };
  }

  /** How an endpoint is spoken to, found out with the first call to it; `first` is the answer to that call, where it was that which told. */
  async #origin(endpoint: Endpoint, call: Call): Promise<{ origin: Origin; first?: Reply }> {
    const key = `${endpoint.scheme} ${endpoint.host}`;
    const known = this.#origins.get(key);
    if (known) return { origin: await known };
    let first: Reply | undefined;
    const found = this.#findOrigin(endpoint, call, (reply) => (first = reply));
    this.#origins.set(key, found);
    found.catch(() => this.#origins.delete(key));
    const origin = await found;
    return first ? { origin, first } : { origin };
  }

  async #findOrigin(endpoint: Endpoint, call: Call, onFirst: (reply: Reply) => void): Promise<Origin> {
    const base = new URL(`${await this.#scheme(endpoint, call, onFirst)}://${endpoint.authority}`);
    const lookup = (repository: string | undefined) => this.options.credentials.get(endpoint.host, repository);
    const tokens = new DistributionTokens((request) => this.#sendToken(request, base, endpoint.insecure), this.options.onIdentityToken);
    return { endpoint, base, authorizer: new Authorizer(endpoint.host, lookup, tokens) };
  }

  /** Whether a host that may be either speaks TLS. On loopback nobody is in between, so plain HTTP, the usual there, is tried first. */
  async #scheme(endpoint: Endpoint, call: Call, onFirst: (reply: Reply) => void): Promise<'http' | 'https'> {
    if (endpoint.scheme !== 'probe') return endpoint.scheme;
    const explicit = hostConfig(endpoint.host, this.options.hosts).insecure === true;
    if (!explicit && this.#tlsFor(endpoint.authority).ca.length > 0) return 'https';
    const [first, second] = isLoopback(endpoint.authority) ? (['http', 'https'] as const) : (['https', 'http'] as const);
    const question = isQuestion(call) ? call : undefined;
    const reply = await this.#speaks(first, endpoint, call.signal, question);
    if (reply && question) onFirst(reply);
    else await reply?.discard();
    if (reply) return first;
    const other = await this.#speaks(second, endpoint, call.signal);
    await other?.discard();
    return other ? second : first;
  }

  /** What a host answers by a scheme, if it speaks it: to the question itself where there is one, else to what every registry answers. */
  async #speaks(scheme: 'http' | 'https', endpoint: Endpoint, signal: AbortSignal | undefined, question?: Question): Promise<Reply | undefined> {
    const root = new URL(`${scheme}://${endpoint.authority}/v2/`);
    const { target, ...call } = question ?? { target: '', method: 'GET' as const, signal };
    try {
      const reply = await this.#exchange(new URL(target, root), { ...call, patience: Math.min(10_000, this.options.limits.silence) }, undefined, true);
      // A TLS server tells someone who speaks plain HTTP that the request is bad.
      if (scheme === 'https' || reply.status !== 400) return reply;
      await reply.discard();
      return undefined;
    } catch (error) {
      if (['cancelled', 'absent'].includes(faultKind(error, signal))) throw error;
      return undefined;
    }
  }

  async #sendToken({ method, url, authorization, form }: TokenRequest, base: URL, insecure: boolean): Promise<{ status: number; json: unknown }> {
    const doing = `asking ${url.host} for a token`;
    if ((authorization ?? form) !== undefined && base.protocol === 'https:' && url.protocol === 'http:' && !insecure)
      throw new CaissonError('denied', `${base.host} wants the credentials sent to ${url.host} without TLS: not done`);
    const retry = this.newRetry();
    const { signal } = this.options;
    for (;;) {
      let fault: CaissonError;
      try {
        const reply = await this.#exchange(
          url,
          {
            method,
            signal,
            ...(form ? { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: Buffer.from(form.toString()) } : {}),
          },
          { origin: url.origin, authorization },
          insecure,
        );
        const retryAfter = parseRetryAfter(reply.header('retry-after'));
        const body = await reply.bytes(1024 * 1024);
        if (isTemporaryStatus(reply.status) && (await retry.wait(retryAfter, signal))) continue;
        return { status: reply.status, json: parseJson(body) };
      } catch (error) {
        fault = toFault(error, url.host, doing, signal);
      }
      if (!isTemporary(fault) || !(await retry.wait(undefined, signal))) throw fault;
    }
  }
}

/** A call below `/v2/` that finds out as well as any other how a host is spoken to: asked twice, it changes nothing. */
type Question = Call & { readonly target: string };

function isQuestion(call: Call): call is Question {
  return typeof call.target === 'string' && (call.method === 'GET' || call.method === 'HEAD');
}

/** A registry behind a proxy that ends TLS often names itself with http: the same host keeps the scheme that is known to be right. */
function ownScheme(target: URL, base: URL): URL {
  if (target.host !== base.host || target.protocol === base.protocol) return target;
  const url = new URL(target);
  url.protocol = base.protocol;
  return url;
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
