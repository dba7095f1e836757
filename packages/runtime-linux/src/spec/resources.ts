import { existsSync } from 'node:fs';
import { CaissonError, type Resources } from '@caisson/core';
import type { CgroupMode } from '../cgroup/mode.js';
import { blockIo } from './block-io.js';
import { checkSet } from './cpuset.js';
import type { OciResources } from './oci.js';

const rlimitNames = new Set(['as', 'core', 'cpu', 'data', 'fsize', 'locks', 'memlock', 'msgqueue', 'nice', 'nofile', 'nproc', 'rss', 'rtprio', 'rttime', 'sigpending', 'stack']);

/**
 * Limits as config.json has them.
 * @throws CaissonError `unsupported` for a limit whose controller this host lacks; `invalid-argument`.
 */
export function resources(wanted: Resources, cgroups: CgroupMode): OciResources {
  const need = (controller: string, flag: string) => {
    if (!cgroups.controllers.has(controller)) throw new CaissonError('unsupported', `${flag} needs the cgroup controller ${controller}, which this host does not have`, { hint: 'caisson system doctor lists the controllers' });
  };
  const result: OciResources = {};
  const memory = memoryLimits(wanted, cgroups);
  if (Object.keys(memory).length > 0) {
    need('memory', 'a memory limit');
    result.memory = memory;
  }
  const realtime = present({ realtimeRuntime: wanted.cpuRealtimeRuntime, realtimePeriod: wanted.cpuRealtimePeriod });
  if (Object.keys(realtime).length > 0 && !hasRealtime(cgroups)) throw new CaissonError('unsupported', 'this kernel has no real-time scheduling of cgroups (CONFIG_RT_GROUP_SCHED, cgroup version 1)');
  const cpu = present({ shares: wanted.cpuShares, quota: wanted.cpuQuota, period: wanted.cpuPeriod, ...realtime });
  const cpuset = present({ cpus: wanted.cpusetCpus, mems: wanted.cpusetMems });
  if (Object.keys(cpu).length > 0) need('cpu', 'a CPU limit');
  if (Object.keys(cpuset).length > 0) need('cpuset', 'a set of CPUs');
  checkSet('CPUs', wanted.cpusetCpus, '/sys/devices/system/cpu/online');
  checkSet('memory nodes', wanted.cpusetMems, '/sys/devices/system/node/online');
  if (Object.keys(cpu).length + Object.keys(cpuset).length > 0) result.cpu = { ...cpu, ...cpuset };
  if (wanted.pids !== undefined && wanted.pids > 0) {
    need('pids', 'a limit on processes');
    result.pids = { limit: wanted.pids };
  }
  const io = blockIo(wanted);
  if (Object.keys(io).length > 0) {
    need(cgroups.kind === 'unified' ? 'io' : 'blkio', 'a limit of block I/O');
    result.blockIO = io;
  }
  return result;
}

function memoryLimits(wanted: Resources, cgroups: CgroupMode): NonNullable<OciResources['memory']> {
  const { memory, memorySwap } = wanted;
  if (memory !== undefined && memorySwap !== undefined && memorySwap !== -1 && memorySwap < memory) {
    throw new CaissonError('invalid-argument', 'the limit of memory and swap together is below that of memory alone');
  }
  const { memorySwappiness } = wanted;
  if (memorySwappiness !== undefined && !(memorySwappiness >= 0 && memorySwappiness <= 100)) throw new CaissonError('invalid-argument', `swappiness is between 0 and 100, not ${memorySwappiness}`);
  if (memorySwappiness !== undefined && cgroups.kind === 'unified') throw new CaissonError('unsupported', 'cgroup version 2 has no swappiness of its own for each container');
  // As docker does: as much swap again, where swap is counted and nothing is said.
  const swap = memorySwap ?? (memory === undefined ? undefined : memory * 2);
  return present({ limit: memory, reservation: wanted.memoryReservation, swap: countsSwap(cgroups) ? swap : undefined, swappiness: memorySwappiness, disableOOMKiller: wanted.oomKillDisable === true && cgroups.kind !== 'unified' ? true : undefined });
}

function hasRealtime({ kind, controllers }: CgroupMode): boolean {
  return kind !== 'unified' && existsSync(`${controllers.get('cpu') ?? ''}/cpu.rt_runtime_us`);
}

function countsSwap({ kind, controllers }: CgroupMode): boolean {
  const root = controllers.get('memory');
  return root !== undefined && (kind === 'unified' || existsSync(`${root}/memory.memsw.limit_in_bytes`));
}

/** @throws CaissonError `invalid-argument` */
export function rlimits(ulimits: NonNullable<Resources['ulimits']>): { type: string; soft: number; hard: number }[] {
  return ulimits.map(({ name, soft, hard }) => {
    if (!rlimitNames.has(name)) throw new CaissonError('invalid-argument', `unknown ulimit: ${JSON.stringify(name.slice(0, 40))}`, { hint: `known are ${[...rlimitNames].join(', ')}` });
    return { type: `RLIMIT_${name.toUpperCase()}`, soft, hard };
  });
}

function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
