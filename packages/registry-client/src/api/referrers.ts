import {
  digestHex,
  digestAlgorithm,
  documentBytes,
  isCaissonError,
  isIndex,
  maxDocumentBytes,
  mediaTypes,
  parseManifest,
  type Descriptor,
  type Digest,
  type Index,
  type Manifest,
  type Reference,
} from '@caisson/core';
import { repositoryScope } from '../auth/scope.js';
import type { CallOptions } from '../options.js';
import type { Call } from '../transport/call.js';
import type { Transport } from '../transport/transport.js';
import { nextPage } from './listing.js';
import { digestOf, getManifest, removeManifest, sendManifest, type FetchedManifest } from './manifests.js';
import { pathOf, scopedPath, type Repository } from './repository.js';

export interface ReferrersOptions extends CallOptions {
  /** Only those of this artifact type. */
  readonly artifactType?: string;
}

/** The manifests that name this one as their subject: by the referrers API, or by the tag that stands in for it (distribution spec 1.1). */
export async function listReferrers(transport: Transport, repository: Repository, digest: Digest, options: ReferrersOptions = {}): Promise<Descriptor[]> {
  const found = (await fromApi(transport, repository, digest, options)) ?? (await fallbackIndex(transport, repository, digest, options))?.document.manifests ?? [];
  return options.artifactType === undefined ? [...found] : found.filter(({ artifactType }) => artifactType === options.artifactType);
}

/** Adds a manifest to the fallback tag of its subject, for registries without the referrers API. */
export async function addFallbackReferrer(
  transport: Transport,
  repository: Repository,
  subject: Digest,
  referrer: Descriptor,
  options: CallOptions = {},
): Promise<void> {
  const known = await fallbackIndex(transport, repository, subject, options);
  const manifests = known?.document.manifests ?? [];
  if (manifests.some(({ digest }) => digest === referrer.digest)) return;
  await putFallback(transport, repository, subject, [...manifests, referrer], options);
}

/** Takes a manifest out of the fallback tag of its subject. */
export async function dropFallbackReferrer(
  transport: Transport,
  repository: Repository,
  subject: Digest,
  referrer: Digest,
  options: CallOptions = {},
): Promise<void> {
  const known = await fallbackIndex(transport, repository, subject, options);
  if (!known?.document.manifests.some(({ digest }) => digest === referrer)) return;
  const rest = known.document.manifests.filter(({ digest }) => digest !== referrer);
  if (rest.length > 0) await putFallback(transport, repository, subject, rest, options);
  else await removeManifest(transport, fallbackReference(repository, subject), known.descriptor.digest, options);
}

/** What the referrers list says of a manifest. */
export function referrerDescriptor(descriptor: Descriptor, document: Manifest | Index): Descriptor {
  const artifactType = document.artifactType ?? (isIndex(document) ? undefined : document.config.mediaType);
  return {
    mediaType: descriptor.mediaType,
    digest: descriptor.digest,
    size: descriptor.size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(document.annotations === undefined ? {} : { annotations: document.annotations }),
  };
}

/** The tag that holds the list of referrers. The repository may be part of a reference to something else: only its name counts. */
function fallbackReference({ domain, path }: Repository, subject: Digest): Reference {
  return { domain, path, tag: `${digestAlgorithm(subject)}-${digestHex(subject).slice(0, 64)}` };
}

/** Undefined where the registry does not know the API. */
async function fromApi(transport: Transport, repository: Repository, digest: Digest, options: ReferrersOptions): Promise<Descriptor[] | undefined> {
  const endpoint = transport.origin(repository, 'pull');
  const query = options.artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(options.artifactType)}`;
  const found: Descriptor[] = [];
  const seen = new Set<string>();
  let target: string | URL | undefined = pathOf(endpoint, repository, `referrers/${digest}${query}`);
  while (target !== undefined) {
    const call: Call = {
      method: 'GET',
      target,
      doing: `listing the referrers of ${digest}`,
      scopes: [repositoryScope(scopedPath(endpoint, repository), 'pull')],
      headers: { accept: mediaTypes.index },
      ok: [200, 404, 405],
      signal: options.signal,
    };
    const { reply, bytes } = await transport.read(endpoint, call, async (answer) => ({ reply: answer, bytes: await answer.bytes(maxDocumentBytes) }));
    if (reply.status !== 200) return undefined;
    const index = parseManifest(bytes, mediaTypes.index, `the list of referrers of ${digest}`);
    if (!isIndex(index)) return undefined;
    found.push(...index.manifests);
    target = nextPage(reply);
    if (target !== undefined && seen.has(target.href)) break;
    if (target !== undefined) seen.add(target.href);
  }
  return found;
}

async function fallbackIndex(transport: Transport, repository: Repository, digest: Digest, options: CallOptions): Promise<FetchedManifest<Index> | undefined> {
  try {
    const fetched = await getManifest(transport, fallbackReference(repository, digest), options);
    return isIndex(fetched.document) ? { ...fetched, document: fetched.document } : undefined;
  } catch (error) {
    if (isCaissonError(error, 'not-found')) return undefined;
    throw error;
  }
}

async function putFallback(transport: Transport, repository: Repository, subject: Digest, manifests: readonly Descriptor[], options: CallOptions) {
  const bytes = documentBytes({ schemaVersion: 2, mediaType: mediaTypes.index, manifests });
  const descriptor = { mediaType: mediaTypes.index, digest: digestOf(bytes), size: bytes.byteLength };
  await sendManifest(transport, fallbackReference(repository, subject), descriptor, bytes, options);
}
