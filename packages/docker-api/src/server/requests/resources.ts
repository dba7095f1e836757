import type { Resources, RestartPolicy } from '@caisson/core';
import { badRequest } from '../http/api-error.js';
import type { ResourcesRequest } from './container-create.js';
import { definedOnly } from './defined.js';

/** docker's zeroes mean that nothing was asked for. */
const positive = (value: number | undefined): number | undefined => (value ? value : undefined);

/** @throws ApiError 400 for what contradicts itself */
export function readResources(request: ResourcesRequest & { readonly OomScoreAdj?: number }): Resources {
  const { NanoCpus: nanoCpus = 0, CpuQuota: quota = 0, CpuPeriod: period = 0, Memory: memory = 0, MemorySwap: swap = 0 } = request;
  if (nanoCpus < 0 || memory < 0) throw badRequest('invalid CPU or memory value');
  if (nanoCpus > 0 && (quota > 0 || period > 0)) throw badRequest(`Conflicting options: Nano CPUs and CPU ${period > 0 ? 'Period' : 'Quota'} cannot both be set.`);
  if (memory > 0 && memory < 6 * 1024 * 1024) throw badRequest('Minimum memory limit allowed is 6MB');
  if (memory > 0 && swap > 0 && swap < memory) throw badRequest('Minimum memoryswap limit should be larger than memory limit, see usage');
  if (memory === 0 && swap > 0) throw badRequest('You should always set the Memory limit when using Memoryswap limit, see usage');
  const rates = (list: ResourcesRequest['BlkioDeviceReadBps']) => (list?.length ? list.map(({ Path: path = '', Rate: rate = 0 }) => ({ path, rate })) : undefined);
  return definedOnly<Resources>({
    memory: positive(memory),
    memoryReservation: positive(request.MemoryReservation),
    memorySwap: positive(swap),
    memorySwappiness: request.MemorySwappiness === -1 ? undefined : request.MemorySwappiness,
    cpuShares: positive(request.CpuShares),
    cpuPeriod: nanoCpus > 0 ? 100_000 : positive(period),
    cpuQuota: nanoCpus > 0 ? Math.round((nanoCpus / 1e9) * 100_000) : positive(quota),
    cpuRealtimePeriod: positive(request.CpuRealtimePeriod),
    cpuRealtimeRuntime: positive(request.CpuRealtimeRuntime),
    cpusetCpus: request.CpusetCpus || undefined,
    cpusetMems: request.CpusetMems || undefined,
    pids: request.PidsLimit === 0 ? undefined : request.PidsLimit,
    blkioWeight: positive(request.BlkioWeight),
    blkioWeightDevices: request.BlkioWeightDevice?.length ? request.BlkioWeightDevice.map(({ Path: path = '', Weight: weight = 0 }) => ({ path, weight })) : undefined,
    blkioReadBps: rates(request.BlkioDeviceReadBps),
    blkioWriteBps: rates(request.BlkioDeviceWriteBps),
    blkioReadIops: rates(request.BlkioDeviceReadIOps),
    blkioWriteIops: rates(request.BlkioDeviceWriteIOps),
    oomKillDisable: request.OomKillDisable,
    oomScoreAdj: positive(request.OomScoreAdj),
    ulimits: request.Ulimits?.length ? request.Ulimits.map(({ Name: name = '', Soft: soft = 0, Hard: hard = 0 }) => ({ name, soft, hard })) : undefined,
  });
}

/** @throws ApiError 400 in docker's words */
export function readRestartPolicy(request: ResourcesRequest['RestartPolicy']): RestartPolicy | undefined {
  const { Name: name = '', MaximumRetryCount: retries = 0 } = request ?? {};
  switch (name) {
    case '':
      return undefined;
    case 'no':
    case 'always':
    case 'unless-stopped':
      if (retries !== 0) throw badRequest(`invalid restart policy: maximum retry count can only be used with 'on-failure'`);
      return { name };
    case 'on-failure':
      if (retries < 0) throw badRequest('invalid restart policy: maximum retry count cannot be negative');
      return { name, ...(retries > 0 ? { maximumRetries: retries } : {}) };
    default:
      throw badRequest(`invalid restart policy: unknown policy '${name.slice(0, 60)}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`);
  }
}
