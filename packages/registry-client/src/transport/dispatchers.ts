import { getCACertificates } from 'node:tls';
import type { Dispatcher } from 'undici';
import type { FetchLimits } from '../options.js';
import { proxyFor } from './proxy.js';

/** How the other end of a TLS connection is checked, and what it is shown. */
export interface TlsSettings {
  readonly insecure: boolean;
  readonly ca: readonly string[];
  readonly cert?: string;
  readonly key?: string;
}


/** The connection pools: one for each kind of TLS settings and proxy. Undici is loaded with the first request, not before. */
export class Dispatchers {
  readonly #pools = new Map<string, Promise<Dispatcher>>();
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #limits: Required<FetchLimits>;
  #systemAuthorities = false;

  constructor(env: Readonly<Record<string, string | undefined>>, limits: Required<FetchLimits>) {
    this.#env = env;
    this.#limits = limits;
  }

  async for(url: URL, tls: TlsSettings): Promise<Dispatcher> {
    const proxy = proxyFor(url, this.#env);
    const key = JSON.stringify([proxy, url.protocol === 'https:' ? [tls, this.#systemAuthorities] : undefined]);
    let pool = this.#pools.get(key);
    if (!pool) {
      pool = this.#open(proxy, tls);
      this.#pools.set(key, pool);
      // A pool that could not be made (a malformed certificate) is made anew next time.
      pool.catch(() => this.#pools.delete(key));
    }
    return pool;
  }

  /** What a request goes through, if it does. */
  proxyOf(url: URL): URL | undefined {
    const proxy = proxyFor(url, this.#env);
    return proxy === undefined ? undefined : new URL(proxy);
  }

  get trustsSystem(): boolean {
    return this.#systemAuthorities;
  }

  /** From now on trusts the operating system's certificate authorities too: reading them takes long, so only when one is missing. */
  trustSystemAuthorities(): void {
    this.#systemAuthorities = true;
  }

  async #open(proxy: string | undefined, tls: TlsSettings): Promise<Dispatcher> {
    const ca = [...tls.ca, ...(this.#systemAuthorities ? getCACertificates('system') : [])];
    const connect = {
      timeout: this.#limits.connect,
      rejectUnauthorized: !tls.insecure,
      ...(ca.length === 0 ? {} : { ca: [...getCACertificates('default'), ...ca] }),
      ...(tls.cert === undefined ? {} : { cert: tls.cert }),
      ...(tls.key === undefined ? {} : { key: tls.key }),
    };
    // One HTTP/2 connection has one flow-control window for all blobs; several HTTP/1.1 connections are faster.
    const options = { allowH2: false, keepAliveTimeout: 15_000, headersTimeout: this.#limits.silence, bodyTimeout: this.#limits.silence };
    if (proxy === undefined) {
      const { Agent } = await import('./undici.js');
      return new Agent({ ...options, connect });
    }
    const { ProxyAgent } = await import('./undici-proxy.js');
    return new ProxyAgent({ ...options, uri: proxy, requestTls: connect });
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.allSettled(pools.map(async (pool) => (await pool).destroy()));
  }
}
