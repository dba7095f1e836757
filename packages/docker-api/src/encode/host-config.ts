import type { ContainerRecord, DeviceRate, Resources } from '@caisson/core';
import type { HostConfig, ResourcesConfig, RestartPolicyConfig } from '../types/host-config.js';
import { encodeBinds, encodeTmpfs } from './mounts.js';
import { encodePortMap } from './ports.js';

/** What was asked of the host, with docker's defaults for what was not. */
export function encodeHostConfig({ options }: Pick<ContainerRecord, 'options'>): HostConfig {
  const mounts = options.mounts ?? [];
  const tmpfs = encodeTmpfs(mounts);
  return {
    Binds: encodeBinds(mounts),
    ContainerIDFile: '',
    LogConfig: { Type: options.logDriver ?? 'json-file', Config: options.logOptions ?? {} },
    NetworkMode: options.network ?? 'bridge',
    PortBindings: encodePortMap(options.ports ?? []),
    RestartPolicy: encodeRestartPolicy(options.restart),
    AutoRemove: options.autoRemove ?? false,
    VolumeDriver: '',
    VolumesFrom: options.volumesFrom ?? null,
    ConsoleSize: [0, 0],
    ...(options.annotations ? { Annotations: options.annotations } : {}),
    CapAdd: options.capAdd ?? null,
    CapDrop: options.capDrop ?? null,
    CgroupnsMode: options.cgroupMode ?? 'private',
    Dns: options.dns ?? [],
    DnsOptions: options.dnsOptions ?? [],
    DnsSearch: options.dnsSearch ?? [],
    ExtraHosts: options.extraHosts ?? null,
    GroupAdd: options.groups ?? null,
    IpcMode: options.ipcMode ?? 'private',
    Cgroup: '',
    Links: options.links ?? null,
    OomScoreAdj: options.resources?.oomScoreAdj ?? 0,
    PidMode: options.pidMode ?? '',
    Privileged: options.privileged ?? false,
    PublishAllPorts: options.publishAll ?? false,
    ReadonlyRootfs: options.readonlyRootfs ?? false,
    SecurityOpt: options.securityOptions ?? null,
    ...(Object.keys(tmpfs).length > 0 ? { Tmpfs: tmpfs } : {}),
    UTSMode: options.utsMode ?? '',
    UsernsMode: options.usernsMode ?? '',
    ShmSize: options.shmSize ?? 64 * 1024 * 1024,
    ...(options.sysctls ? { Sysctls: options.sysctls } : {}),
    Runtime: options.ociRuntime ?? 'runc',
    Isolation: '',
    MaskedPaths: options.privileged ? null : maskedPaths,
    ReadonlyPaths: options.privileged ? null : readonlyPaths,
    ...encodeResources(options.resources ?? {}),
    CgroupParent: options.cgroupParent ?? '',
    Devices: (options.devices ?? []).map(({ hostPath, containerPath, permissions }) => ({ PathOnHost: hostPath, PathInContainer: containerPath, CgroupPermissions: permissions })),
    DeviceCgroupRules: options.deviceCgroupRules ?? null,
    DeviceRequests: null,
    ...(options.init === undefined ? {} : { Init: options.init }),
  };
}

const maskedPaths = ['/proc/asound', '/proc/acpi', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list', '/proc/timer_stats', '/proc/sched_debug', '/proc/scsi', '/sys/firmware', '/sys/devices/virtual/powercap'];
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

export function encodeRestartPolicy(restart: ContainerRecord['options']['restart']): RestartPolicyConfig {
  return { Name: restart?.name ?? 'no', MaximumRetryCount: restart?.maximumRetries ?? 0 };
}

/** Limits, with docker's zeroes for none. A quota of the usual period is what `--cpus` makes. */
export function encodeResources(resources: Resources): ResourcesConfig {
  const { cpuQuota, cpuPeriod } = resources;
  const cpus = cpuQuota !== undefined && cpuQuota > 0 && cpuPeriod === 100_000;
  return {
    CpuShares: resources.cpuShares ?? 0,
    Memory: resources.memory ?? 0,
    NanoCpus: cpus ? Math.round((cpuQuota / cpuPeriod) * 1e9) : 0,
    CpuPeriod: cpus ? 0 : (cpuPeriod ?? 0),
    CpuQuota: cpus ? 0 : (cpuQuota ?? 0),
    CpuRealtimePeriod: resources.cpuRealtimePeriod ?? 0,
    CpuRealtimeRuntime: resources.cpuRealtimeRuntime ?? 0,
    CpusetCpus: resources.cpusetCpus ?? '',
    CpusetMems: resources.cpusetMems ?? '',
    BlkioWeight: resources.blkioWeight ?? 0,
    BlkioWeightDevice: (resources.blkioWeightDevices ?? []).map(({ path, weight }) => ({ Path: path, Weight: weight })),
    BlkioDeviceReadBps: encodeRates(resources.blkioReadBps),
    BlkioDeviceWriteBps: encodeRates(resources.blkioWriteBps),
    BlkioDeviceReadIOps: encodeRates(resources.blkioReadIops),
    BlkioDeviceWriteIOps: encodeRates(resources.blkioWriteIops),
    MemoryReservation: resources.memoryReservation ?? 0,
    MemorySwap: resources.memorySwap ?? (resources.memory ? resources.memory * 2 : 0),
    MemorySwappiness: resources.memorySwappiness ?? null,
    OomKillDisable: resources.oomKillDisable ?? null,
    PidsLimit: resources.pids ?? null,
    Ulimits: (resources.ulimits ?? []).map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
  };
}

function encodeRates(rates: readonly DeviceRate[] | undefined) {
  return (rates ?? []).map(({ path, rate }) => ({ Path: path, Rate: rate }));
}
