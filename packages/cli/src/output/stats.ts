import { totalmem } from 'node:os';
import type { ContainerStats } from '@caisson/core';
import type { Listing } from './list.js';
import { formatSize } from './units.js';

/** One container in the table of `stats`: its latest reading, and the one before. */
export interface StatsRow {
  readonly id: string;
  readonly name: string;
  /** As the command was told of it; absent where it named none. */
  readonly asked?: string;
  /** Absent where it does not run, or has not been measured yet. */
  readonly now?: ContainerStats;
  readonly before?: ContainerStats;
}

/** docker's columns. What is not known is shown as dashes. */
export function statsListing(truncate: boolean): Listing<StatsRow> {
  const pair = (row: StatsRow, values: (stats: ContainerStats) => [string, string]) => (row.now ? values(row.now) : ['--', '--']).join(' / ');
  const shortened = (id: string) => (truncate ? id.slice(0, 12) : id);
  return {
    columns: ['ID', 'Name', 'CPUPerc', 'MemUsage', 'MemPerc', 'NetIO', 'BlockIO', 'PIDs'],
    fields: {
      Container: ['CONTAINER', ({ id, asked }) => asked ?? shortened(id)],
      ID: ['CONTAINER ID', ({ id }) => shortened(id)],
      Name: ['NAME', ({ name }) => name],
      CPUPerc: ['CPU %', ({ now, before }) => (now ? `${cpuPercent(now, before).toFixed(2)}%` : '--')],
      MemUsage: ['MEM USAGE / LIMIT', (row) => pair(row, (stats) => [binarySize(memoryUsed(stats)), binarySize(stats.memoryLimit || totalmem())])],
      MemPerc: ['MEM %', ({ now }) => (now ? `${((memoryUsed(now) / (now.memoryLimit || totalmem())) * 100).toFixed(2)}%` : '--')],
      NetIO: ['NET I/O', (row) => pair(row, ({ networks }) => [formatSize(sum(networks, 'receivedBytes')), formatSize(sum(networks, 'sentBytes'))])],
      BlockIO: ['BLOCK I/O', (row) => pair(row, (stats) => [formatSize(stats.blockReadBytes), formatSize(stats.blockWriteBytes)])],
      PIDs: ['PIDS', ({ now }) => (now ? String(now.pids) : '--')],
    },
  };
}

/** Of one processor, as docker counts: 200 % is two of them. With a single reading, the mean since the host was started tells nothing: 0. */
export function cpuPercent(now: ContainerStats, before: ContainerStats | undefined): number {
  const host = (now.systemCpuNanoseconds ?? 0) - (before?.systemCpuNanoseconds ?? 0);
  const own = now.cpuNanoseconds - (before?.cpuNanoseconds ?? 0);
  return before && host > 0 && own > 0 ? (own / host) * now.onlineCpus * 100 : 0;
}

/** What can be dropped at once is not use. */
const memoryUsed = ({ memoryBytes, memoryCacheBytes }: ContainerStats) => Math.max(0, memoryBytes - memoryCacheBytes);

function sum(networks: ContainerStats['networks'], key: 'receivedBytes' | 'sentBytes'): number {
  return Object.values(networks).reduce((total, counters) => total + counters[key], 0);
}

/** Memory is shown in powers of 1024: 1.952MiB. */
function binarySize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${Number(value.toPrecision(4))}${units[unit]}`;
}
