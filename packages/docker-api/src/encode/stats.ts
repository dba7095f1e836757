import { totalmem } from 'node:os';
import type { ContainerStats, InterfaceStats } from '@caisson/core';
import type { BlkioEntry, CpuStats, NetworkStats, StatsResponse } from '../types/stats.js';
import { never } from './times.js';

/** One reading; `before` is the one that its rates are reckoned from. */
export function encodeStats(stats: ContainerStats, before?: ContainerStats): StatsResponse {
  const { blockReadBytes, blockWriteBytes, networks } = stats;
  const blkio: BlkioEntry[] = [
    { major: 0, minor: 0, op: 'read', value: blockReadBytes },
    { major: 0, minor: 0, op: 'write', value: blockWriteBytes },
  ];
  return {
    id: stats.id,
    name: `/${stats.name}`,
    read: stats.at.toISOString(),
    preread: before?.at.toISOString() ?? never,
    pids_stats: { current: stats.pids },
    blkio_stats: { io_service_bytes_recursive: blkio, io_serviced_recursive: null, io_queue_recursive: null, io_service_time_recursive: null, io_wait_time_recursive: null, io_merged_recursive: null, io_time_recursive: null, sectors_recursive: null },
    num_procs: 0,
    storage_stats: {},
    cpu_stats: encodeCpu(stats),
    precpu_stats: encodeCpu(before),
    // Clients take the cache off the usage themselves, as docker's does.
    memory_stats: { usage: stats.memoryBytes + stats.memoryCacheBytes, stats: { inactive_file: stats.memoryCacheBytes, total_inactive_file: stats.memoryCacheBytes }, limit: stats.memoryLimit || totalmem() },
    ...(Object.keys(networks).length > 0 ? { networks: Object.fromEntries(Object.entries(networks).map(([name, one]) => [name, encodeInterface(one)])) } : {}),
  };
}

/** Of what does not run: all zero. */
export function emptyStats(container: { readonly id: string; readonly name: string }): StatsResponse {
  const nothing = { io_service_bytes_recursive: null, io_serviced_recursive: null, io_queue_recursive: null, io_service_time_recursive: null, io_wait_time_recursive: null, io_merged_recursive: null, io_time_recursive: null, sectors_recursive: null };
  return { id: container.id, name: `/${container.name}`, read: never, preread: never, pids_stats: {}, blkio_stats: nothing, num_procs: 0, storage_stats: {}, cpu_stats: encodeCpu(undefined), precpu_stats: encodeCpu(undefined), memory_stats: {} };
}

function encodeCpu(stats: ContainerStats | undefined): CpuStats {
  return {
    cpu_usage: { total_usage: stats?.cpuNanoseconds ?? 0, usage_in_kernelmode: 0, usage_in_usermode: 0 },
    ...(stats?.systemCpuNanoseconds === undefined ? {} : { system_cpu_usage: stats.systemCpuNanoseconds }),
    ...(stats ? { online_cpus: stats.onlineCpus } : {}),
    throttling_data: { periods: 0, throttled_periods: 0, throttled_time: 0 },
  };
}

function encodeInterface(one: InterfaceStats): NetworkStats {
  return {
    rx_bytes: one.receivedBytes,
    rx_packets: one.receivedPackets,
    rx_errors: one.receiveErrors,
    rx_dropped: one.receiveDropped,
    tx_bytes: one.sentBytes,
    tx_packets: one.sentPackets,
    tx_errors: one.sendErrors,
    tx_dropped: one.sendDropped,
  };
}
