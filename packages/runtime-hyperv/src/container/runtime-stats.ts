import { availableParallelism, totalmem } from 'node:os';
import type { InterfaceStats, Resources, RuntimeStats } from '@caisson/core';

/** Properties as the service tells them (hcsshim: container.go, `Statistics`). Times are in units of 100 ns. */
interface StatisticsProperties {
  readonly Statistics?: {
    readonly Processor?: { readonly TotalRuntime100ns?: number };
    readonly Memory?: { readonly MemoryUsageCommitBytes?: number; readonly MemoryUsagePrivateWorkingSetBytes?: number };
    readonly Storage?: { readonly ReadSizeBytes?: number; readonly WriteSizeBytes?: number };
    readonly Network?: readonly EndpointStatistics[];
  };
  readonly ProcessList?: readonly unknown[];
}

interface EndpointStatistics {
  readonly EndpointId?: string;
  readonly BytesReceived?: number;
  readonly BytesSent?: number;
  readonly PacketsReceived?: number;
  readonly PacketsSent?: number;
  readonly DroppedPacketsIncoming?: number;
  readonly DroppedPacketsOutgoing?: number;
}

export function runtimeStats(properties: Readonly<Record<string, unknown>>, resources: Resources): RuntimeStats {
  const { Statistics = {}, ProcessList = [] } = properties as StatisticsProperties;
  const { Processor = {}, Memory = {}, Storage = {}, Network = [] } = Statistics;
  return {
    at: new Date(),
    cpuNanoseconds: (Processor.TotalRuntime100ns ?? 0) * 100,
    onlineCpus: availableParallelism(),
    memoryBytes: Memory.MemoryUsagePrivateWorkingSetBytes ?? Memory.MemoryUsageCommitBytes ?? 0,
    memoryCacheBytes: 0,
    memoryLimit: resources.memory ?? totalmem(),
    pids: ProcessList.length,
    blockReadBytes: Storage.ReadSizeBytes ?? 0,
    blockWriteBytes: Storage.WriteSizeBytes ?? 0,
    networks: Object.fromEntries(Network.map((endpoint, place) => [endpoint.EndpointId ?? `endpoint-${place}`, interfaceStats(endpoint)])),
  };
}

/** The service counts no errors. */
function interfaceStats(endpoint: EndpointStatistics): InterfaceStats {
  return {
    receivedBytes: endpoint.BytesReceived ?? 0,
    receivedPackets: endpoint.PacketsReceived ?? 0,
    receiveErrors: 0,
    receiveDropped: endpoint.DroppedPacketsIncoming ?? 0,
    sentBytes: endpoint.BytesSent ?? 0,
    sentPackets: endpoint.PacketsSent ?? 0,
    sendErrors: 0,
    sendDropped: endpoint.DroppedPacketsOutgoing ?? 0,
  };
}
