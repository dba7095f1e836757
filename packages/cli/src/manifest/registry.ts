import { CaissonError, familiarReference, formatReference, imageManifests, isIndex, mediaTypes, type Descriptor, type Index, type Platform, type Reference } from '@caisson/core';
import { RegistryClient } from '@caisson/registry-client';
import { registrySettings } from '../engine/registry-settings.js';
import type { ListMember, ManifestList } from './list-store.js';

/** A client that takes a registry without TLS, or with a certificate that nobody vouches for, if that is asked for. */
export function manifestClient(references: readonly Reference[], insecure: boolean): RegistryClient {
  const { hosts, limits } = registrySettings();
  return new RegistryClient({ limits, hosts: insecure ? { ...hosts, ...Object.fromEntries(references.map(({ domain }) => [domain, { ...hosts[domain], insecure: true }])) } : hosts });
}

/** What a name adds to a list: the manifest of one image, or those of an index. @throws CaissonError `not-found`, `unsupported` */
export async function membersOf(client: RegistryClient, reference: Reference, signal: AbortSignal): Promise<ListMember[]> {
  const { descriptor, document } = await client.manifest(reference, { signal });
  const { domain, path } = reference;
  const source = (one: Descriptor): string => formatReference({ domain, path, digest: one.digest });
  if (isIndex(document)) return imageManifests(document.manifests).flatMap(({ platform, ...one }) => (platform ? [{ source: source(one), descriptor: { ...one, platform } }] : []));
  if (document.artifactType !== undefined) throw new CaissonError('unsupported', `${familiarReference(reference)} is an artifact and no image`);
  const { os, architecture, variant } = await client.config({ domain, path, digest: descriptor.digest }, { signal, platform: await platformOf(client, reference, document.config, signal) });
  return [{ source: source(descriptor), descriptor: { ...descriptor, platform: { os, architecture, ...(variant === undefined ? {} : { variant }) } } }];
}

async function platformOf(client: RegistryClient, reference: Reference, config: Descriptor, signal: AbortSignal): Promise<Platform> {
  const json = JSON.parse(new TextDecoder().decode(await client.read(reference, config, { signal }))) as Partial<Platform>;
  return { os: json.os ?? 'linux', architecture: json.architecture ?? 'amd64', ...(json.variant === undefined ? {} : { variant: json.variant }) };
}

/** Docker's kind of list where all of it is docker's, else OCI's. */
export function indexOf({ members }: ManifestList): Index {
  const isDocker = members.length > 0 && members.every(({ descriptor }) => descriptor.mediaType === mediaTypes.dockerManifest);
  return { schemaVersion: 2, mediaType: isDocker ? mediaTypes.dockerManifestList : mediaTypes.index, manifests: members.map(({ descriptor }) => descriptor) };
}
