import { familiarReference, parseReference, type ContainerRecord, type ContainerSummary as Listed } from '@caisson/core';
import type { ContainerSummary } from '../types/container.js';
import { stateName, statusText } from './container-status.js';
import { encodeNetworks } from './endpoints.js';
import { encodeMountPoint } from './mounts.js';
import { encodePorts } from './ports.js';
import { unixSeconds } from './times.js';

/** A container of a list. */
export function encodeContainerSummary(container: Listed & { readonly state: Pick<Partial<ContainerRecord['state']>, 'restartAt' | 'attachments'> }, size = container.size): ContainerSummary {
  const { state, status } = container;
  const running = status === 'running' || status === 'paused';
  return {
    Id: container.id,
    Names: [`/${container.name}`],
    Image: imageName(container.image.name),
    ImageID: container.image.id,
    Command: container.process.args.map(quote).join(' '),
    Created: unixSeconds(container.created),
    Ports: running ? encodePorts(state.ports, container.exposed) : [],
    ...(size ? { SizeRw: size.written, SizeRootFs: size.total } : {}),
    Labels: container.labels,
    State: stateName(container),
    Status: statusText(container),
    HostConfig: { NetworkMode: container.options.network ?? 'bridge', ...(container.options.annotations ? { Annotations: container.options.annotations } : {}) },
    NetworkSettings: { Networks: encodeNetworks(container) },
    Mounts: container.mounts.map(encodeMountPoint),
  };
}

/** As it was asked for, in its familiar form. */
export function imageName(name: string): string {
  try {
    return familiarReference(parseReference(name));
  } catch {
    return name; // an ID
  }
}

/** docker puts quotes around arguments with blanks. */
function quote(argument: string): string {
  return /\s/.test(argument) ? `'${argument.replaceAll("'", String.raw`'\''`)}'` : argument;
}
