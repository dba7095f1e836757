import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerSpec } from '@caisson/core';
import type { EndpointDocument } from './documents.js';
import type { ContainerNetwork } from '../container/compute-container.js';

/** An HNS endpoint that was made for a container. */
export interface EndpointRecord {
  readonly endpointId: string;
  readonly hnsNetworkId: string;
  readonly document: EndpointDocument;
}

/** What `createNamespace` gives: endpoints that were made for somebody who is no container, such as a build. */
export const namespacePrefix = 'hns:';
/** Another container's network. */
export const sharedPrefix = 'container:';

/** Notes an endpoint, one file for each network: the driver writes it, the container's owner reads it when it makes the system. */
export function writeEndpoint(folder: string, id: string, networkId: string, record: EndpointRecord): void {
  const of = join(folder, id);
  mkdirSync(of, { recursive: true, mode: 0o700 });
  const aside = join(of, `${networkId}.${process.pid}`);
  writeFileSync(aside, JSON.stringify(record), { mode: 0o600 });
  renameSync(aside, join(of, `${networkId}.json`));
}

export function readEndpoint(folder: string, id: string, networkId: string): EndpointRecord | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, id, `${networkId}.json`), 'utf8')) as EndpointRecord;
  } catch {
    return undefined;
  }
}

export function removeEndpoint(folder: string, id: string, networkId: string): void {
  rmSync(join(folder, id, `${networkId}.json`), { force: true });
}

export function endpointsOf(folder: string, id: string): EndpointRecord[] {
  let names: string[];
  try {
    names = readdirSync(join(folder, id)).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
  return names.sort().flatMap((name) => readEndpoint(folder, id, name.slice(0, -'.json'.length)) ?? []);
}

/** IDs that endpoints are noted for. */
export function endpointOwners(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The endpoints of a container: its own, those of the namespace it was given, or another container's network as a whole. */
export function readNetwork(folder: string, { id, networkNamespace }: ContainerSpec): ContainerNetwork {
  if (networkNamespace?.startsWith(sharedPrefix)) return { endpoints: [], sharedNetworkOf: networkNamespace.slice(sharedPrefix.length) };
  const of = networkNamespace?.startsWith(namespacePrefix) ? networkNamespace.slice(namespacePrefix.length) : id;
  return { endpoints: endpointsOf(folder, of).map((record) => record.endpointId) };
}
