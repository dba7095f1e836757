import type { DeviceRate, Resources } from '@caisson/core';
import { CaissonError } from '@caisson/core';
import type { Command } from 'commander';
import { parseSize } from '../output/units.js';
import { collect } from './collect.js';
import { count, definedOnly, invalid, number, size } from './values.js';

/** What commander makes of the limits that can be changed later. */
export interface LimitFlags {
  readonly blkioWeight?: string;
  readonly cpuPeriod?: string;
  readonly cpuQuota?: string;
  readonly cpuRtPeriod?: string;
  readonly cpuRtRuntime?: string;
  readonly cpus?: string;
  readonly cpuShares?: string;
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
  readonly memory?: string;
  readonly memoryReservation?: string;
  readonly memorySwap?: string;
  readonly pidsLimit?: string;
}

/** Those that are fixed at the beginning. */
export interface FixedLimitFlags {
  readonly blkioWeightDevice?: string[];
  readonly deviceReadBps?: string[];
  readonly deviceReadIops?: string[];
  readonly deviceWriteBps?: string[];
  readonly deviceWriteIops?: string[];
  readonly memorySwappiness?: string;
  readonly oomKillDisable?: boolean;
  readonly oomScoreAdj?: string;
  readonly ulimit?: string[];
}

export function addLimitFlags(command: Command): Command {
  return command
    .option('-m, --memory <size>', 'limit memory')
    .option('--memory-reservation <size>', 'soft limit of memory')
    .option('--memory-swap <size>', 'limit memory and swap together, -1 for unlimited swap')
    .option('--cpus <number>', 'limit processors')
    .option('-c, --cpu-shares <number>', 'relative weight')
    .option('--cpu-period <microseconds>', 'period that --cpu-quota is of')
    .option('--cpu-quota <microseconds>', 'processor time in each period')
    .option('--cpu-rt-period <microseconds>', 'period of real-time scheduling')
    .option('--cpu-rt-runtime <microseconds>', 'real-time scheduling in each period')
    .option('--cpuset-cpus <list>', 'processors to run on')
    .option('--cpuset-mems <list>', 'memory nodes to use')
    .option('--blkio-weight <number>', 'relative weight of block I/O, 10 to 1000')
    .option('--pids-limit <number>', 'limit processes, -1 for none');
}

export function addFixedLimitFlags(command: Command): Command {
  return command
    .option('--blkio-weight-device <device:weight>', 'weight for one device', collect)
    .option('--device-read-bps <device:rate>', 'limit reading, in bytes a second (10mb)', collect)
    .option('--device-read-iops <device:rate>', 'limit reading, in operations a second', collect)
    .option('--device-write-bps <device:rate>', 'limit writing, in bytes a second (10mb)', collect)
    .option('--device-write-iops <device:rate>', 'limit writing, in operations a second', collect)
    .option('--memory-swappiness <number>', 'how readily memory is swapped out, 0 to 100')
    .option('--oom-kill-disable', 'let processes wait, not die, when memory runs out')
    .option('--oom-score-adj <number>', 'preference when memory runs out')
    .option('--ulimit <name=soft[:hard]>', 'resource limit', collect);
}

export function limits(flags: LimitFlags & FixedLimitFlags): Resources {
  const memory = size('--memory', flags.memory);
  if (memory !== undefined && memory > 0 && memory < 6 * 1024 * 1024) invalid('--memory', flags.memory ?? '', 'at least 6m are needed');
  const cpus = flags.cpus === undefined ? undefined : number('--cpus', flags.cpus);
  if (cpus !== undefined && cpus <= 0) invalid('--cpus', flags.cpus ?? '', 'give a number above 0');
  const [period, quota] = [count('--cpu-period', flags.cpuPeriod), count('--cpu-quota', flags.cpuQuota)];
  if (cpus !== undefined && (period !== undefined || quota !== undefined)) throw new CaissonError('invalid-argument', '--cpus says the same as --cpu-period and --cpu-quota do: give one or the others');
  return definedOnly<Resources>({
    memory: memory === 0 ? undefined : memory,
    memoryReservation: size('--memory-reservation', flags.memoryReservation),
    memorySwap: size('--memory-swap', flags.memorySwap),
    memorySwappiness: flags.memorySwappiness === '-1' ? undefined : count('--memory-swappiness', flags.memorySwappiness),
    cpuShares: count('--cpu-shares', flags.cpuShares),
    cpuPeriod: cpus === undefined ? period : 100_000,
    cpuQuota: cpus === undefined ? quota : Math.round(cpus * 100_000),
    cpuRealtimePeriod: count('--cpu-rt-period', flags.cpuRtPeriod),
    cpuRealtimeRuntime: count('--cpu-rt-runtime', flags.cpuRtRuntime),
    cpusetCpus: flags.cpusetCpus,
    cpusetMems: flags.cpusetMems,
    pids: count('--pids-limit', flags.pidsLimit),
    blkioWeight: count('--blkio-weight', flags.blkioWeight),
    blkioWeightDevices: flags.blkioWeightDevice?.map((text) => {
      const [path, weight] = deviceAnd('--blkio-weight-device', text);
      return { path, weight: count('--blkio-weight-device', weight) ?? 0 };
    }),
    blkioReadBps: rates('--device-read-bps', flags.deviceReadBps, parseSize),
    blkioWriteBps: rates('--device-write-bps', flags.deviceWriteBps, parseSize),
    blkioReadIops: rates('--device-read-iops', flags.deviceReadIops, (text, flag) => number(flag, text)),
    blkioWriteIops: rates('--device-write-iops', flags.deviceWriteIops, (text, flag) => number(flag, text)),
    oomKillDisable: flags.oomKillDisable,
    oomScoreAdj: count('--oom-score-adj', flags.oomScoreAdj),
    ulimits: flags.ulimit?.map(parseUlimit),
  });
}

function rates(flag: string, entries: readonly string[] | undefined, parse: (text: string, flag: string) => number): readonly DeviceRate[] | undefined {
  return entries?.map((text) => {
    const [path, rate] = deviceAnd(flag, text);
    return { path, rate: parse(rate, flag) };
  });
}

function deviceAnd(flag: string, text: string): [path: string, value: string] {
  const [, path, value] = /^(\/dev\/[^:]+):([^:]+)$/.exec(text) ?? [];
  return path === undefined || value === undefined ? invalid(flag, text, 'write /dev/NAME:VALUE') : [path, value];
}

/** `nofile=1024:2048`. */
export function parseUlimit(text: string): { name: string; soft: number; hard: number } {
  const [, name = '', soft = '', hard = soft] = /^([a-z]+)=(-?\d+)(?::(-?\d+))?$/.exec(text) ?? invalid('--ulimit', text, 'write NAME=SOFT[:HARD], such as nofile=1024:2048');
  if (Number(hard) !== -1 && (Number(soft) > Number(hard) || Number(soft) === -1)) invalid('--ulimit', text, 'the soft limit is above the hard one');
  return { name, soft: Number(soft), hard: Number(hard) };
}
