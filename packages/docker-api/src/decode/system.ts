import { normalizePlatform, type CacheEntry, type DiskUsage, type EngineInfo } from '@caisson/core';
import type { BuildCacheRecord } from '../types/build.js';
import type { SystemInfo, SystemUsage } from '../types/system.js';
import { decodeContainerSummary } from './container.js';
import { decodeImageSummary } from './image.js';
import { dateOf } from './values.js';
import { decodeVolume } from './volume.js';

/** `name`: of the engine's program. */
export function decodeInfo(one: SystemInfo, name: string): EngineInfo {
  const limits = one.MemoryLimit || one.PidsLimit || one.OSType === 'windows';
  return {
    name,
    version: one.ServerVersion,
    dataRoot: one.DockerRootDir,
    runRoot: '',
    operatingSystem: one.OperatingSystem,
    kernel: one.KernelVersion,
    platform: normalizePlatform({ os: one.OSType, architecture: machines[one.Architecture] ?? one.Architecture }),
    cpus: one.NCPU,
    memoryBytes: one.MemTotal,
    runtime: {
      name: one.DefaultRuntime || 'runc',
      isolation: one.OSType === 'windows' ? (one.Isolation === 'hyperv' ? ['hyperv'] : ['process', 'hyperv']) : ['process'],
      pause: { available: true },
      limits: limits ? { available: true } : { available: false, reason: 'the host has no cgroups for it' },
      stats: { available: true },
      terminal: { available: true },
      components: Object.fromEntries([['server', one.ServerVersion], ['storage', one.Driver], ...Object.entries({ containerd: one.ContainerdCommit?.ID, runc: one.RuncCommit?.ID }).filter((entry): entry is [string, string] => Boolean(entry[1]))]),
    },
    warnings: one.Warnings ?? [],
  };
}

/** uname(2)'s machines in Go's words. */
const machines: Readonly<Record<string, string>> = { x86_64: 'amd64', aarch64: 'arm64', armv7l: 'arm', i686: '386', i386: '386' };

export function decodeUsage(one: SystemUsage): DiskUsage {
  return {
    images: (one.Images ?? []).map((image) => ({ image: decodeImageSummary(image), bytes: image.Size, sharedBytes: Math.max(0, image.SharedSize), containers: Math.max(0, image.Containers) })),
    layerBytes: one.LayersSize ?? 0,
    containers: (one.Containers ?? []).map((container) => ({ container: decodeContainerSummary(container), bytes: container.SizeRw ?? 0, rootBytes: container.SizeRootFs ?? 0 })),
    volumes: (one.Volumes ?? []).map((volume) => ({ volume: decodeVolume(volume), bytes: Math.max(0, volume.UsageData?.Size ?? 0), users: Math.max(0, volume.UsageData?.RefCount ?? 0) })),
    cache: (one.BuildCache ?? []).map(decodeCacheRecord),
  };
}

export function decodeCacheRecord(one: BuildCacheRecord): CacheEntry {
  return { id: one.ID, kind: one.Type === 'exec.cachemount' ? 'mount' : 'layer', bytes: one.Size, description: one.Description, created: dateOf(one.CreatedAt), used: dateOf(one.LastUsedAt ?? one.CreatedAt), uses: one.UsageCount };
}
