import { existsSync } from 'node:fs';
import { CaissonError, type Resources } from '@caisson/core';
import type { CgroupMode } from '../cgroup/mode.js';
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
  const cpu = present({ shares: wanted.cpuShares, quota: wanted.cpuQuota, period: wanted.cpuPeriod });
  const cpuset = present({ cpus: wanted.cpusetCpus, mems: wanted.cpusetMems });
  if (Object.keys(cpu).length > 0) need('cpu', 'a CPU limit');
  if (Object.keys(cpuset).length > 0) need('cpuset', 'a set of CPUs');
  if (Object.keys(cpu).length + Object.keys(cpuset).length > 0) result.cpu = { ...cpu, ...cpuset };
  if (wanted.pids !== undefined && wanted.pids > 0) {
    need('pids', 'a limit on processes');
    result.pids = { limit: wanted.pids };
  }
  if (wanted.blkioWeight) {
    need(cgroups.kind === 'unified' ? 'io' : 'blkio', 'a block I/O weight');
    result.blockIO = { weight: wanted.blkioWeight };
  }
  return result;
}

function memoryLimits(wanted: Resources, cgroups: CgroupMode): NonNullable<OciResources['memory']> {
  const { memory, memorySwap } = wanted;
  if (memory !== undefined && memorySwap !== undefined && memorySwap !== -1 && memorySwap < memory) {
    throw new CaissonError('invalid-argument', 'the limit of memory and swap together is below that of memory alone');
  }
  // As docker does: as much swap again, where swap is counted and nothing is said.
  const swap = memorySwap ?? (memory === undefined ? undefined : memory * 2);
  return present({ limit: memory, reservation: wanted.memoryReservation, swap: countsSwap(cgroups) ? swap : undefined, disableOOMKiller: wanted.oomKillDisable === true && cgroups.kind !== 'unified' ? true : undefined });
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
