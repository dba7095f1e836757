import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { win32 } from 'node:path';
import { CaissonError, type ContainerSpec } from '@caisson/core';
import { containerDocument, type ContainerContext, type ContainerDocument } from '../document/container-document.js';
import { credentialSpec, type CredentialSources } from '../document/credential-spec.js';
import { processDocument } from '../document/process-document.js';
import { checkCompatible } from '../host/compatibility.js';
import type { WindowsHost } from '../host/windows-host.js';
import { parseIsolation } from '../host/isolation.js';
import type { LayerService, LayerStack } from '../layers/layer-service.js';
import { layerStack } from '../snapshot/layer-mount.js';

/** A container of which all is known but its volume and its endpoints: what its owner needs to make it. Plain data. */
export interface PreparedContainer {
  readonly spec: ContainerSpec;
  readonly stack: LayerStack;
  /** Bytes of a new scratch layer. */
  readonly scratchSize?: number;
  readonly context: Omit<ContainerContext, 'endpoints' | 'volumePath' | 'sharedNetworkOf'>;
}

/**
 * Checks all that can be checked before anything is made.
 * @throws CaissonError `unsupported`, `invalid-argument`, `not-found`
 */
export async function prepareContainer(spec: ContainerSpec, parts: { readonly host: WindowsHost; readonly layers: LayerService; readonly credentials: CredentialSources }): Promise<PreparedContainer> {
  const isolation = parseIsolation(spec.isolation, parts.host);
  checkCompatible(spec.osVersion, parts.host.version, isolation, 'the image');
  const stack = layerStack(spec.rootfs);
  const credentials = spec.security.credentialSpec === undefined ? undefined : await credentialSpec(spec.security.credentialSpec, parts.credentials);
  const utilityVm = isolation === 'hyperv' ? findUtilityVm(stack.parents) : undefined;
  if (isolation === 'hyperv' && !parts.host.hyperv) throw new CaissonError('unsupported', 'Hyper-V isolation was asked for, and this host has no Hyper-V', { hint: 'turn the Windows feature Hyper-V on, or use --isolation process' });
  const context = {
    isolation,
    scratch: stack.folder,
    layers: await parts.layers.references(stack.parents),
    processors: availableParallelism(),
    ...(utilityVm === undefined ? {} : { utilityVm }),
    ...(spec.dnsSearch?.length ? { dnsSearch: spec.dnsSearch } : {}),
    ...(credentials === undefined ? {} : { credentials }),
  };
  // What is wrong with the documents is better known now than when the container is started.
  containerDocument(spec, { ...context, endpoints: [], volumePath: placeholderVolume });
  processDocument(spec.process);
  return { spec, stack, context };
}

const placeholderVolume = String.raw`\\?\Volume{00000000-0000-0000-0000-000000000000}`;

/** The document, once the container's volume is mounted and its endpoints are known. */
export function finalDocument({ spec, context }: PreparedContainer, made: { readonly volumePath?: string; readonly endpoints: readonly string[]; readonly sharedNetworkOf?: string }): ContainerDocument {
  return containerDocument(spec, { ...context, ...made });
}

function findUtilityVm(folders: readonly string[]): string | undefined {
  return folders.map((folder) => win32.join(folder, 'UtilityVM')).find((folder) => existsSync(folder));
}
