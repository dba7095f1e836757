import { CaissonError, type Resources } from '@caisson/core';
import type { Isolation } from '../host/isolation.js';
import type { ContainerDocument } from './container-document.js';

type Limits = Pick<ContainerDocument, 'ProcessorCount' | 'ProcessorWeight' | 'ProcessorMaximum' | 'MemoryMaximumInMB'>;

const megabyte = 1 << 20;

/**
 * Limits as docker has them. A quota (`--cpus`) becomes a maximum; a utility VM gets a whole number of processors as well, rounded up, and
 * the maximum is of those. Of count, shares and percent only the first that is given holds, in this order.
 *
 * @param processors of the host
 * @throws CaissonError `invalid-argument`
 */
export function processorAndMemory(resources: Resources, isolation: Isolation, processors: number): Limits {
  return { ...processor(resources, isolation, processors), ...memory(resources) };
}

function processor({ cpuQuota, cpuPeriod = 100_000, cpuShares }: Resources, isolation: Isolation, processors: number): Limits {
  if (cpuQuota !== undefined && cpuQuota > 0) {
    const wanted = cpuQuota / cpuPeriod;
    if (wanted > processors) throw new CaissonError('invalid-argument', `${wanted} CPUs were asked for, and this host has ${processors}`);
    if (isolation === 'process') return { ProcessorMaximum: maximum(wanted / processors) };
    const count = Math.ceil(wanted);
    return { ProcessorCount: count, ProcessorMaximum: maximum(wanted / count) };
  }
  if (cpuShares !== undefined && cpuShares > 0) {
    if (cpuShares > 10_000) throw new CaissonError('invalid-argument', `CPU shares of Windows containers go from 1 to 10000, not to ${cpuShares}`);
    return { ProcessorWeight: cpuShares };
  }
  return {};
}

/** A share of all processors in hundredths of a percent, as the service counts. */
function maximum(share: number): number {
  return Math.min(10_000, Math.max(1, Math.round(share * 10_000)));
}

function memory({ memory: bytes }: Resources): Limits {
  if (bytes === undefined || bytes <= 0) return {};
  if (bytes < megabyte) throw new CaissonError('invalid-argument', `a memory limit of ${bytes} bytes is less than a Windows container can be given: 1 MiB`);
  return { MemoryMaximumInMB: Math.floor(bytes / megabyte) };
}
