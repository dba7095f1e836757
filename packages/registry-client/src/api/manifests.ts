import {
  CaissonError,
  Digester,
  digestAlgorithm,
  isCaissonError,
  isDigest,
  mediaTypes,
  parseManifest,
  maxDocumentBytes,
  type Descriptor,
  type Digest,
  type Index,
  type Manifest,
  type Reference,
} from '@caisson/core';
import { repositoryScope } from '../auth/scope.js';
import type { CallOptions } from '../options.js';
import type { Reply } from '../transport/call.js';
import type { Transport } from '../transport/transport.js';
import type { Endpoint } from '../hosts/endpoint.js';
import { manifestKey, nameOf, pathOf, scopedPath } from './repository.js';

/** A manifest or index as the registry has it: verified bytes, what they say, and how they are known. */
export interface FetchedManifest<T extends Manifest | Index = Manifest | Index> {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  readonly document: T;
}

const accept = [
  mediaTypes.index,
  mediaTypes.manifest,
  mediaTypes.dockerManifestList,
  mediaTypes.dockerManifest,
  // Asked for so that an old image is refused in words, rather than called missing.
  mediaTypes.dockerManifestV1Signed,
  mediaTypes.dockerManifestV1,
].join(', ');

export function digestOf(bytes: Uint8Array, algorithm: 'sha256' | 'sha512' = 'sha256'): Digest {
  const digester = new Digester(algorithm);
  digester.update(bytes);
  return digester.digest();
}

/** GET: verified against the digest of the reference, or against the one that the registry claims. */
export async function getManifest(transport: Transport, reference: Reference, options: CallOptions = {}): Promise<FetchedManifest> {
  const name = nameOf(reference);
  return transport.pull(
    reference,
    (endpoint) => ({
      method: 'GET',
      target: pathOf(endpoint, reference, `manifests/${manifestKey(reference)}`),
      doing: `pulling ${name}`,
      scopes: [repositoryScope(scopedPath(endpoint, reference), 'pull')],
      headers: { accept },
      ok: [200],
      signal: options.signal,
    }),
    (reply) => readManifest(reply, reference, name),
  );
}

async function readManifest(reply: Reply, reference: Reference, name: string): Promise<FetchedManifest> {
  const bytes = await reply.bytes(maxDocumentBytes);
  const claimed = reply.header('docker-content-digest');
  const expected = reference.digest ?? (isDigest(claimed) ? claimed : undefined);
  const digest = digestOf(bytes, expected === undefined ? 'sha256' : digestAlgorithm(expected));
  if (expected !== undefined && digest !== expected)
    throw new CaissonError('digest-mismatch', `the manifest of ${name} is not what its digest promises: expected ${expected}, got ${digest}`);
  const document = parseManifest(bytes, contentType(reply), `the manifest of ${name}`);
  return { descriptor: { mediaType: document.mediaType, digest, size: bytes.byteLength }, bytes, document };
}

/**
 * HEAD: what the name stands for, without fetching it. Undefined where the registry has no such manifest. `origin` passes mirrors over.
 * Falls back to a GET where the registry does not say the digest.
 */
export async function headManifest(transport: Transport, reference: Reference, options: CallOptions & { readonly at?: 'origin' } = {}): Promise<Descriptor | undefined> {
  const request = (endpoint: Endpoint) => ({
    method: 'HEAD' as const,
    target: pathOf(endpoint, reference, `manifests/${manifestKey(reference)}`),
    doing: `looking up ${nameOf(reference)}`,
    scopes: [repositoryScope(scopedPath(endpoint, reference), 'pull')],
    headers: { accept },
    // A mirror without it does not settle the question. Some registries know no HEAD here.
    ok: endpoint.mirror ? [200] : [200, 404, 405],
    signal: options.signal,
  });
  // What a mirror has is no matter where something is to be sent.
  const origin = options.at === 'origin' ? transport.origin(reference, 'push') : undefined;
  const reply = origin ? await transport.call(origin, request(origin)) : await transport.pull(reference, request, (answer) => answer);
  await reply.discard();
  if (reply.status === 404) return undefined;
  const digest = reference.digest ?? reply.header('docker-content-digest');
  const mediaType = contentType(reply);
  const { length } = reply;
  if (reply.status === 405 || !isDigest(digest) || mediaType === undefined || length === undefined)
    return (await getManifest(transport, reference, options)).descriptor;
  return { mediaType, digest, size: length };
}

/** PUT by tag or digest. Resolves with the answer, whose headers say what the registry makes of a `subject`. */
export async function sendManifest(
  transport: Transport,
  reference: Reference,
  descriptor: Pick<Descriptor, 'mediaType' | 'digest'>,
  bytes: Uint8Array,
  options: CallOptions = {},
): Promise<{ subjectKnown: boolean }> {
  const endpoint = transport.origin(reference, 'push');
  const name = nameOf(reference);
  const reply = await transport.call(endpoint, {
    method: 'PUT',
    target: pathOf(endpoint, reference, `manifests/${reference.tag ?? descriptor.digest}`),
    doing: `pushing ${name}`,
    scopes: [repositoryScope(reference.path, 'pull', 'push')],
    headers: { 'content-type': descriptor.mediaType },
    body: bytes,
    ok: [200, 201, 202],
    signal: options.signal,
  });
  await reply.discard();
  const stored = reply.header('docker-content-digest');
  if (isDigest(stored) && digestAlgorithm(stored) === digestAlgorithm(descriptor.digest) && stored !== descriptor.digest)
    throw new CaissonError('digest-mismatch', `the registry stored ${name} as ${stored}, not as ${descriptor.digest}`);
  return { subjectKnown: reply.header('oci-subject') !== undefined };
}

/** DELETE of a manifest (by digest) or, where the registry can, of a tag alone. */
export async function removeManifest(transport: Transport, reference: Reference, key: string, options: CallOptions = {}): Promise<void> {
  const endpoint = transport.origin(reference, 'push');
  const reply = await transport.call(endpoint, {
    method: 'DELETE',
    target: pathOf(endpoint, reference, `manifests/${key}`),
    doing: `deleting ${nameOf(reference)}`,
    scopes: [repositoryScope(reference.path, 'pull', 'push', 'delete')],
    ok: [200, 202, 204],
    signal: options.signal,
  });
  await reply.discard();
}

/**
 * DELETE of a tag that leaves its manifest. Older registries know manifests by digest only: they say so by 405, or that a tag is no digest by 400.
 * @throws CaissonError `unsupported` there
 */
export async function removeTag(transport: Transport, reference: Reference, tag: string, options: CallOptions = {}): Promise<void> {
  try {
    await removeManifest(transport, reference, tag, options);
  } catch (error) {
    if (!isCaissonError(error) || (error.details?.status !== 400 && error.details?.status !== 405)) throw error;
    throw new CaissonError('unsupported', `${reference.domain} deletes no tag without its manifest`, { cause: error, details: error.details, hint: 'delete the manifest, with all its tags' });
  }
}

function contentType(reply: Reply): string | undefined {
  const text = reply.header('content-type')?.split(';')[0]?.trim();
  return text === '' || text === 'application/json' || text === 'application/octet-stream' ? undefined : text;
}
