import { BlockList, isIP } from 'node:net';
import { CaissonError } from '@caisson/core';
import { isLoopback } from '../hosts/endpoint.js';

type Env = Readonly<Record<string, string | undefined>>;

const get = (env: Env, name: string) => env[name.toLowerCase()] || env[name] || undefined;

/**
 * The proxy for a URL by HTTPS_PROXY, HTTP_PROXY and NO_PROXY (either case), as Go's programs read them: NO_PROXY holds hosts (with
 * their subdomains), `.domains`, `host:port`, addresses and CIDR ranges, or `*`. Loopback is never proxied.
 * @throws CaissonError `invalid-argument` for a proxy that is no http(s) URL.
 */
export function proxyFor(url: URL, env: Env): string | undefined {
  const proxy = url.protocol === 'https:' ? get(env, 'HTTPS_PROXY') : get(env, 'HTTP_PROXY');
  if (proxy === undefined || isLoopback(url.host) || isExcluded(url, get(env, 'NO_PROXY') ?? '')) return undefined;
  const text = proxy.includes('://') ? proxy : `http://${proxy}`;
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new CaissonError('invalid-argument', `the proxy in ${url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'} is no http or https URL`);
  return text;
}

function isExcluded(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list
    .split(',')
    .map((rule) => rule.trim().toLowerCase())
    .filter(Boolean)
    .some((rule) => rule === '*' || matches(rule, host, port));
}

function matches(rule: string, host: string, port: string): boolean {
  const range = /^(.+)\/(\d+)$/.exec(rule);
  if (range) return inRange(host, range[1] ?? '', Number(range[2]));
  const withPort = /^(\[.+\]|[^:]+):(\d+)$/.exec(rule);
  if (withPort && withPort[2] !== port) return false;
  const name = (withPort?.[1] ?? rule).replace(/^\[|\]$/g, '').replace(/^\*\./, '.');
  return host === name || host.endsWith(name.startsWith('.') ? name : `.${name}`);
}

function inRange(host: string, network: string, prefix: number): boolean {
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || prefix > (family === 4 ? 32 : 128)) return false;
  const type = family === 4 ? 'ipv4' : 'ipv6';
  const ranges = new BlockList();
  ranges.addSubnet(network, prefix, type);
  return ranges.check(host, type);
}
