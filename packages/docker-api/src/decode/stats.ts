import type { ContainerStats, InterfaceStats } from '@caisson/core';
import type { NetworkStats, StatsResponse } from '../types/stats.js';
import { dateOf } from './values.js';

export function decodeStats(one: StatsResponse): ContainerStats {
  const { cpu_stats: cpu, memory_stats: memory, blkio_stats: blkio } = one;
  const cache = memory.stats?.total_inactive_file ?? memory.stats?.inactive_file ?? 0;
  const usage = memory.usage ?? 0;
  const transferred = (op: string) => (blkio?.io_service_bytes_recursive ?? []).reduce((sum, entry) => sum + (entry.op.toLowerCase() === op ? entry.value : 0), 0);
  return {
    id: one.id,
    name: (one.name ?? '').replace(/^\//, ''),
    at: dateOf(one.read),
    cpuNanoseconds: cpu.cpu_usage.total_usage,
    ...(cpu.system_cpu_usage === undefined ? {} : { systemCpuNanoseconds: cpu.system_cpu_usage }),
    onlineCpus: cpu.online_cpus ?? cpu.cpu_usage.percpu_usage?.length ?? 1,
    memoryBytes: cache < usage ? usage - cache : usage,
    memoryCacheBytes: cache < usage ? cache : 0,
    memoryLimit: memory.limit ?? 0,
    pids: one.pids_stats?.current ?? 0,
    blockReadBytes: transferred('read'),
    blockWriteBytes: transferred('write'),
    networks: Object.fromEntries(Object.entries(one.networks ?? {}).map(([name, network]) => [name, decodeInterface(network)])),
  };
}

function decodeInterface(one: NetworkStats): InterfaceStats {
  return {
    receivedBytes: one.rx_bytes,
    receivedPackets: one.rx_packets,
    receiveErrors: one.rx_errors,
    receiveDropped: one.rx_dropped,
    sentBytes: one.tx_bytes,
    sentPackets: one.tx_packets,
    sendErrors: one.tx_errors,
    sendDropped: one.tx_dropped,
  };
}
