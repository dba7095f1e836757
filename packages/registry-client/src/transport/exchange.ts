import type { Dispatcher } from 'undici';
import { CaissonError } from '@caisson/core';
import { Reply, type Call } from './call.js';
import type { Dispatchers, TlsSettings } from './dispatchers.js';
import { faultKind } from './fault.js';

/** Who is asked, and how: authorization goes to `origin` alone, wherever a redirect leads. */
export interface Hop {
  readonly origin: string;
  /** True where https may lead to http. */
  readonly insecure: boolean;
  readonly authorization: string | undefined;
  tls(url: URL): TlsSettings;
}

export type Exchange = Pick<Call, 'method' | 'headers' | 'body' | 'signal' | 'patience'>;

const maxRedirects = 8;
const noTls: TlsSettings = { insecure: false, ca: [] };

/**
 * One request and its redirects. A redirect to another origin never takes the authorization nor the client certificate along, and https
 * is not left for http. Throws what undici throws.
 */
export async function exchange(dispatchers: Dispatchers, userAgent: string, url: URL, call: Exchange, hop: Hop): Promise<Reply> {
  let { method } = call;
  let body = call.body;
  let current = url;
  for (let redirects = 0; ; redirects++) {
    const reply = await send(dispatchers, current, { ...call, method, ...(body === undefined ? {} : { body }) }, hop, userAgent);
    const { status } = reply;
    const follows = status === 307 || status === 308 || ((method === 'GET' || method === 'HEAD') && (status === 301 || status === 302 || status === 303));
    if (!follows || reply.header('location') === undefined) return reply;
    const next = reply.location;
    await reply.discard();
    if (redirects >= maxRedirects) throw new CaissonError('unavailable', `${url.host} redirects without end`);
    if (!/^https?:$/.test(next.protocol) || (current.protocol === 'https:' && next.protocol === 'http:' && !hop.insecure))
      throw new CaissonError('denied', `${current.host} redirects from https to ${next.protocol.slice(0, -1)} at ${next.host}: not followed`);
    next.username = '';
    next.password = '';
    current = next;
    if (status === 303) {
      method = method === 'HEAD' ? 'HEAD' : 'GET';
      body = undefined;
    }
  }
}

async function send(dispatchers: Dispatchers, url: URL, call: Exchange, hop: Hop, userAgent: string): Promise<Reply> {
  const own = url.origin === hop.origin;
  const headers: Record<string, string> = { 'user-agent': userAgent, 'accept-encoding': 'identity', ...call.headers };
  if (own && hop.authorization !== undefined) headers.authorization = hop.authorization;
  const { body } = call;
  if (body && !(body instanceof Uint8Array) && body.length !== undefined) headers['content-length'] = String(body.length);
  if (!body && call.method !== 'GET' && call.method !== 'HEAD') headers['content-length'] = '0';
  const tls = url.protocol === 'https:' ? hop.tls(url) : noTls;
  const attempt = async (): Promise<Reply> => {
    const dispatcher = await dispatchers.for(url, tls);
    const { statusCode, headers: answered, body: stream } = await dispatcher.request(toRequest(url, call, headers));
    return new Reply(statusCode, answered, url, stream);
  };
  const trusted = dispatchers.trustsSystem;
  try {
    return await attempt();
  } catch (error) {
    const proxy = dispatchers.proxyOf(url);
    if (proxy !== undefined && faultKind(error, call.signal) === 'absent')
      throw new CaissonError('unavailable', `nothing answers at the proxy ${proxy.host}, which requests to ${url.host} go through`, { cause: error, hint: 'see HTTPS_PROXY, HTTP_PROXY and NO_PROXY' });
    if (trusted || url.protocol !== 'https:' || faultKind(error, call.signal) !== 'tls-authority') throw error;
    dispatchers.trustSystemAuthorities();
    return attempt();
  }
}

function toRequest(url: URL, call: Exchange, headers: Record<string, string>): Dispatcher.RequestOptions {
  const { body, signal, patience } = call;
  return {
    origin: url.origin,
    path: url.pathname + url.search,
    method: call.method,
    headers,
    // Undici takes any iterable of bytes; its types name only some.
    body: body === undefined ? null : body instanceof Uint8Array ? body : (body.open() as unknown as Dispatcher.RequestOptions['body'] & object),
    ...(signal ? { signal } : {}),
    ...(patience === undefined ? {} : { headersTimeout: patience }),
  };
}
