import type { Resources } from './runtime.js';

/** A controller of Linux's cgroups that limits need; of block I/O, the one of version 1. */
export type LimitController = 'memory' | 'cpu' | 'cpuset' | 'pids' | 'blkio';

/** Which each limit needs. Those that are not here need none. */
export const limitControllers: { readonly [limit in keyof Resources]?: LimitController } = {
  memory: 'memory',
  memoryReservation: 'memory',
  memorySwap: 'memory',
  memorySwappiness: 'memory',
  oomKillDisable: 'memory',
  cpuShares: 'cpu',
  cpuPeriod: 'cpu',
  cpuQuota: 'cpu',
  cpuRealtimeRuntime: 'cpu',
  cpuRealtimePeriod: 'cpu',
  cpusetCpus: 'cpuset',
  cpusetMems: 'cpuset',
  pids: 'pids',
  blkioWeight: 'blkio',
  blkioWeightDevices: 'blkio',
  blkioReadBps: 'blkio',
  blkioWriteBps: 'blkio',
  blkioReadIops: 'blkio',
  blkioWriteIops: 'blkio',
};

/** The controllers that the limits which are given need, in no order. */
export function controllersFor(resources: Resources): Set<LimitController> {
  return new Set(Object.entries(resources).flatMap(([name, value]) => {
    const controller = limitControllers[name as keyof Resources];
    return value === undefined || controller === undefined || (name === 'oomKillDisable' && value === false) ? [] : [controller];
  }));
}
