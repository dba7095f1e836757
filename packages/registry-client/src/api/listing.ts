import { CaissonError } from '@caisson/core';
import { catalogScope, repositoryScope, type Scope } from '../auth/scope.js';
import type { Endpoint } from '../hosts/endpoint.js';
import type { CallOptions } from '../options.js';
import type { Call, Reply } from '../transport/call.js';
import type { Transport } from '../transport/transport.js';
import { pathOf, scopedPath, type Repository } from './repository.js';

export interface ListOptions extends CallOptions {
  /** How many to ask for at a time; the registry may give fewer. */
  readonly pageSize?: number;
}

const maxPageBytes = 16 * 1024 * 1024;

/** Every tag of a repository, in the registry's order. */
export async function* listTags(transport: Transport, repository: Repository, options: ListOptions = {}): AsyncGenerator<string, void> {
  const endpoint = transport.origin(repository, 'pull');
  const path = pathOf(endpoint, repository, `tags/list${pageQuery(options)}`);
  const scopes = [repositoryScope(scopedPath(endpoint, repository), 'pull')];
  for await (const page of pages(transport, endpoint, path, `listing the tags of ${repository.path}`, scopes, options)) yield* strings(page, 'tags');
}

/** Every repository of a registry, as far as it lists them. */
export async function* listRepositories(transport: Transport, domain: string, options: ListOptions = {}): AsyncGenerator<string, void> {
  const endpoint = transport.origin({ domain, path: '' }, 'pull');
  const path = `_catalog${pageQuery(options)}`;
  for await (const page of pages(transport, endpoint, path, `listing the repositories of ${domain}`, [catalogScope], options))
    yield* strings(page, 'repositories');
}

/** The JSON objects of a listing that goes on as its `Link` headers say (RFC 8288, `rel="next"`). */
async function* pages(
  transport: Transport,
  endpoint: Endpoint,
  first: string,
  doing: string,
  scopes: readonly Scope[],
  options: CallOptions,
): AsyncGenerator<Record<string, unknown>, void> {
  const seen = new Set<string>();
  let target: string | URL | undefined = first;
  while (target !== undefined) {
    const call: Call = { method: 'GET', target, doing, scopes, ok: [200], signal: options.signal };
    const page = await transport.read(endpoint, call, async (reply) => ({ json: parsePage(await reply.bytes(maxPageBytes), doing), next: nextPage(reply) }));
    yield page.json;
    target = page.next;
    if (target === undefined) return;
    if (seen.has(target.href)) throw new CaissonError('invalid-content', `${doing}: the pages go round in a circle`);
    seen.add(target.href);
  }
}

/** The URL of the next page. One on another host is not followed. */
export function nextPage(reply: Reply): URL | undefined {
  for (const value of reply.headers('link').flatMap((header) => header.split(/,(?=\s*<)/))) {
    const match = /^\s*<([^>]*)>(.*)$/.exec(value);
    if (!match || !/;\s*rel="?next"?(?:\s*;|\s*$)/i.test(match[2] ?? '')) continue;
    const target = match[1] ?? '';
    if (!URL.canParse(target, reply.url.href)) continue;
    const url = new URL(target, reply.url);
    if (url.host === reply.url.host) return url;
  }
  return undefined;
}

function pageQuery({ pageSize }: ListOptions): string {
  return pageSize === undefined ? '' : `?n=${pageSize}`;
}

function parsePage(bytes: Uint8Array, doing: string): Record<string, unknown> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new CaissonError('invalid-content', `${doing}: the answer is not JSON`, { cause });
  }
  if (typeof json !== 'object' || json === null) throw new CaissonError('invalid-content', `${doing}: the answer is not an object`);
  return json as Record<string, unknown>;
}

function strings(page: Record<string, unknown>, key: string): string[] {
  const list = page[key] ?? [];
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string'))
    throw new CaissonError('invalid-content', `the registry's list of ${key} is not one of texts`);
  return list;
}
