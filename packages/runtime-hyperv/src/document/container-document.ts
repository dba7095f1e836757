import { win32 } from 'node:path';
import { CaissonError, type ContainerSpec } from '@caisson/core';
import type { Isolation } from '../host/isolation.js';
import { mappedMounts } from './mapped-mounts.js';
import { processorAndMemory } from './processor-and-memory.js';
import { checkSupported } from './unsupported.js';

/** A container as schema 1 of the host compute service has it (hcsshim: internal/hcs/schema1/schema1.go, `ContainerConfig`). */
export interface ContainerDocument {
  readonly SystemType: 'Container';
  readonly Name: string;
  readonly Owner: string;
  readonly HostName?: string;
  readonly IgnoreFlushesDuringBoot: boolean;
  /** Process isolation: the volume of the scratch layer, `\\?\Volume{GUID}` without a backslash at the end. */
  readonly VolumePath?: string;
  /** The scratch layer. */
  readonly LayerFolderPath: string;
  /** Topmost first, without the scratch layer. */
  readonly Layers: readonly LayerReference[];
  readonly ProcessorCount?: number;
  /** 1 to 10000. */
  readonly ProcessorWeight?: number;
  /** Hundredths of a percent: 1 to 10000. */
  readonly ProcessorMaximum?: number;
  readonly MemoryMaximumInMB?: number;
  readonly MappedDirectories?: readonly MappedDirectory[];
  readonly MappedPipes?: readonly MappedPipe[];
  readonly HvPartition: boolean;
  readonly HvRuntime?: { readonly ImagePath: string };
  readonly EndpointList?: readonly string[];
  readonly NetworkSharedContainerName?: string;
  readonly AllowUnqualifiedDNSQuery?: boolean;
  /** Separated by commas. */
  readonly DNSSearchList?: string;
  /** The credential spec itself, as text. */
  readonly Credentials?: string;
}

export interface LayerReference {
  /** A GUID made of the folder's name. */
  readonly ID: string;
  readonly Path: string;
}

export interface MappedDirectory {
  readonly HostPath: string;
  readonly ContainerPath: string;
  readonly ReadOnly: boolean;
}

export interface MappedPipe {
  readonly HostPath: string;
  readonly ContainerPipeName: string;
}

/** Under what name our systems are found after a crash. */
export const owner = 'caisson';

export interface ContainerContext {
  readonly isolation: Isolation;
  /** Folder of the scratch layer. */
  readonly scratch: string;
  /** Topmost first. */
  readonly layers: readonly LayerReference[];
  /** Process isolation only. */
  readonly volumePath?: string;
  /** Hyper-V isolation only: the folder `UtilityVM` of the first layer that has one. */
  readonly utilityVm?: string;
  /** HNS endpoints. */
  readonly endpoints: readonly string[];
  readonly sharedNetworkOf?: string;
  readonly dnsSearch?: readonly string[];
  readonly credentials?: string;
  /** Processors of the host. */
  readonly processors: number;
}

/**
 * The document for a container.
 * @throws CaissonError `unsupported` for what Windows containers cannot do; `invalid-argument`
 */
export function containerDocument(spec: ContainerSpec, context: ContainerContext): ContainerDocument {
  checkSupported(spec);
  const { isolation, scratch, layers, volumePath, utilityVm, endpoints, sharedNetworkOf, dnsSearch = [], credentials } = context;
  if (layers.length === 0) throw new CaissonError('invalid-argument', 'a Windows container needs an image with at least a base layer');
  const hyperv = isolation === 'hyperv';
  const { directories, pipes } = mappedMounts(spec.mounts);
  return {
    SystemType: 'Container',
    Name: spec.id,
    Owner: owner,
    ...(spec.hostname ? { HostName: spec.hostname } : {}),
    // What the container writes while it boots can be made anew: no need to wait for the disk.
    IgnoreFlushesDuringBoot: true,
    ...(hyperv ? {} : { VolumePath: checkedVolume(volumePath) }),
    LayerFolderPath: scratch,
    Layers: layers,
    ...processorAndMemory(spec.resources, isolation, context.processors),
    ...(directories.length > 0 ? { MappedDirectories: directories } : {}),
    ...(pipes.length > 0 ? { MappedPipes: pipes } : {}),
    HvPartition: hyperv,
    ...(hyperv ? { HvRuntime: { ImagePath: checkedUtilityVm(utilityVm) } } : {}),
    ...(endpoints.length > 0 ? { EndpointList: endpoints } : {}),
    ...(sharedNetworkOf ? { NetworkSharedContainerName: sharedNetworkOf } : {}),
    ...(endpoints.length > 0 ? { AllowUnqualifiedDNSQuery: true } : {}),
    ...(dnsSearch.length > 0 ? { DNSSearchList: dnsSearch.join(',') } : {}),
    ...(credentials === undefined ? {} : { Credentials: credentials }),
  };
}

function checkedVolume(path: string | undefined): string {
  const match = /^(\\\\\?\\Volume\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\})\\?$/i.exec(path ?? '');
  if (!match?.[1]) throw new CaissonError('runtime-failed', `the scratch layer has no volume of its own: ${JSON.stringify(path ?? '')}`);
  return match[1];
}

function checkedUtilityVm(path: string | undefined): string {
  if (path === undefined || !win32.isAbsolute(path))
    throw new CaissonError('unsupported', 'no layer of the image has a utility VM, which Hyper-V isolation needs', { hint: 'use --isolation process, or an image that stands on a full Windows base image' });
  return path;
}
