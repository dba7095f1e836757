import type { ContainerOptions, MountOptions, Resources, RestartPolicy } from '@caisson/core';
import type { ContainerInspect } from '../types/container.js';
import type { HostConfig, ResourcesConfig } from '../types/host-config.js';
import { decodePortMap } from './ports.js';
import { said } from './values.js';

/** What a container must have been asked to be. Its image's defaults cannot be told from what the request said: they count as asked for. */
export function decodeOptions({ Config: config, HostConfig: host, Name, NetworkSettings }: ContainerInspect): ContainerOptions {
  const network = host.NetworkMode === 'default' || !host.NetworkMode ? 'bridge' : host.NetworkMode;
  const primary = NetworkSettings?.Networks?.[network];
  return {
    image: config.Image ?? '',
    ...said<Omit<ContainerOptions, 'image'>>({
      name: Name.replace(/^\//, ''),
      command: list(config.Cmd),
      entrypoint: list(config.Entrypoint),
      env: config.Env,
      workingDir: config.WorkingDir,
      user: config.User,
      groups: host.GroupAdd,
      hostname: config.Hostname,
      domainname: config.Domainname,
      labels: config.Labels,
      terminal: config.Tty,
      stdin: config.OpenStdin,
      stdinOnce: config.StdinOnce,
      mounts: mounts(host, Object.keys(config.Volumes ?? {})),
      volumesFrom: host.VolumesFrom,
      ports: decodePortMap(host.PortBindings),
      publishAll: host.PublishAllPorts,
      expose: Object.keys(config.ExposedPorts ?? {}),
      network,
      networkAliases: primary?.Aliases,
      ip: primary?.IPAMConfig?.IPv4Address,
      ip6: primary?.IPAMConfig?.IPv6Address,
      macAddress: config.MacAddress,
      links: host.Links,
      dns: host.Dns,
      dnsSearch: host.DnsSearch,
      dnsOptions: host.DnsOptions,
      extraHosts: host.ExtraHosts,
      resources: decodeResources(host),
      privileged: host.Privileged,
      capAdd: host.CapAdd,
      capDrop: host.CapDrop,
      securityOptions: host.SecurityOpt,
      devices: host.Devices?.map(({ PathOnHost, PathInContainer, CgroupPermissions }) => ({ hostPath: PathOnHost, containerPath: PathInContainer, permissions: CgroupPermissions })),
      deviceCgroupRules: host.DeviceCgroupRules,
      readonlyRootfs: host.ReadonlyRootfs,
      sysctls: host.Sysctls,
      shmSize: host.ShmSize,
      init: host.Init,
      autoRemove: host.AutoRemove,
      restart: decodeRestart(host),
      stopSignal: config.StopSignal,
      stopTimeout: config.StopTimeout,
      healthcheck: config.Healthcheck ? said({ ...config.Healthcheck }) : undefined,
      ociRuntime: host.Runtime,
      pidMode: host.PidMode,
      ipcMode: host.IpcMode,
      utsMode: host.UTSMode,
      cgroupMode: host.CgroupnsMode,
      usernsMode: host.UsernsMode,
      cgroupParent: host.CgroupParent,
      isolation: host.Isolation,
      annotations: host.Annotations,
      logDriver: host.LogConfig?.Type,
      logOptions: host.LogConfig?.Config,
      platform: undefined,
      pull: undefined,
      furtherNetworks: undefined,
    }),
  };
}

function list(value: readonly string[] | string | null | undefined): readonly string[] | undefined {
  return typeof value === 'string' ? [value] : (value ?? undefined);
}

function decodeRestart({ RestartPolicy: policy }: HostConfig): RestartPolicy | undefined {
  return policy?.Name ? { name: policy.Name, ...(policy.MaximumRetryCount ? { maximumRetries: policy.MaximumRetryCount } : {}) } : undefined;
}

function decodeResources(host: ResourcesConfig & Pick<HostConfig, 'OomScoreAdj'>): Resources | undefined {
  const rates = (devices: ResourcesConfig['BlkioDeviceReadBps']) => devices?.map(({ Path, Rate }) => ({ path: Path, rate: Rate }));
  const resources = said<Resources>({
    memory: host.Memory,
    memoryReservation: host.MemoryReservation,
    memorySwap: host.MemorySwap,
    memorySwappiness: host.MemorySwappiness === -1 ? undefined : host.MemorySwappiness,
    cpuShares: host.CpuShares,
    cpuPeriod: host.NanoCpus ? 100_000 : host.CpuPeriod,
    cpuQuota: host.NanoCpus ? Math.round(host.NanoCpus / 10_000) : host.CpuQuota,
    cpuRealtimePeriod: host.CpuRealtimePeriod,
    cpuRealtimeRuntime: host.CpuRealtimeRuntime,
    cpusetCpus: host.CpusetCpus,
    cpusetMems: host.CpusetMems,
    pids: host.PidsLimit,
    blkioWeight: host.BlkioWeight,
    blkioWeightDevices: host.BlkioWeightDevice?.map(({ Path, Weight }) => ({ path: Path, weight: Weight })),
    blkioReadBps: rates(host.BlkioDeviceReadBps),
    blkioWriteBps: rates(host.BlkioDeviceWriteBps),
    blkioReadIops: rates(host.BlkioDeviceReadIOps),
    blkioWriteIops: rates(host.BlkioDeviceWriteIOps),
    oomKillDisable: host.OomKillDisable,
    oomScoreAdj: host.OomScoreAdj,
    ulimits: host.Ulimits?.map(({ Name, Soft, Hard }) => ({ name: Name, soft: Soft, hard: Hard })),
  });
  return Object.keys(resources).length > 0 ? resources : undefined;
}

function mounts(host: HostConfig, anonymous: readonly string[]): MountOptions[] {
  const taken = new Set<string>();
  const add = (target: string) => taken.add(target);
  const all: MountOptions[] = [];
  for (const bind of host.Binds ?? []) {
    const [source = '', target = '', options = ''] = /^(?:[A-Za-z]:[\\/])/.test(bind) ? [bind.slice(0, bind.indexOf(':', 2)), ...bind.slice(bind.indexOf(':', 2) + 1).split(':')] : bind.split(':');
    const readOnly = options.split(',').includes('ro') ? { readOnly: true } : {};
    add(target);
    all.push(/^[./\\]|^[A-Za-z]:/.test(source) ? { type: 'bind', source, target, createSource: true, ...readOnly } : { type: 'volume', source, target, ...readOnly });
  }
  for (const { Type, Source, Target = '', ReadOnly, BindOptions, VolumeOptions, TmpfsOptions } of host.Mounts ?? []) {
    const readOnly = ReadOnly ? { readOnly: true } : {};
    add(Target);
    if (Type === 'tmpfs') all.push({ type: 'tmpfs', target: Target, ...(TmpfsOptions?.SizeBytes ? { size: TmpfsOptions.SizeBytes } : {}), ...(TmpfsOptions?.Mode ? { mode: TmpfsOptions.Mode } : {}) });
    else if (Type === 'volume') all.push({ type: 'volume', target: Target, ...(Source ? { source: Source } : {}), ...(VolumeOptions?.NoCopy ? { noCopy: true } : {}), ...readOnly });
    else all.push({ type: 'bind', source: Source ?? '', target: Target, ...(BindOptions?.Propagation ? { propagation: BindOptions.Propagation } : {}), ...readOnly });
  }
  for (const [target, options] of Object.entries(host.Tmpfs ?? {})) all.push({ type: 'tmpfs', target, ...(options ? { options: options.split(',') } : {}) });
  for (const target of anonymous) if (!taken.has(target)) all.push({ type: 'volume', target });
  return all;
}
