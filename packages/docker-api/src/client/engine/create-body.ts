import { formatPlatform, type ContainerOptions, type MountOptions, type NetworkAttachment, type Resources } from '@caisson/core';
import { said } from '../../decode/values.js';
import { encodePortMap } from '../../encode/ports.js';
import type { ContainerCreateRequest } from '../../types/container.js';
import type { HostConfig, MountRequest, ResourcesConfig } from '../../types/host-config.js';
import type { EndpointSettings } from '../../types/network.js';

/** The request that makes a container what the options say. What they leave out is left out: the other side has defaults of its own. */
export function createBody(options: ContainerOptions): ContainerCreateRequest {
  const { network } = options;
  const alone = network === undefined || network === 'bridge' || network === 'host' || network === 'none' || network.startsWith('container:');
  const first = endpoint(options.networkAliases, options);
  const endpoints = [...(alone && Object.keys(first).length === 0 ? [] : [[network ?? 'bridge', first] as const]), ...(options.furtherNetworks ?? []).map((more) => [more.network, attachmentSettings(more)] as const)];
  return {
    Image: options.image,
    ...said<Omit<ContainerCreateRequest, 'Image'>>({
      Hostname: options.hostname,
      Domainname: options.domainname,
      User: options.user,
      Tty: options.terminal,
      OpenStdin: options.stdin,
      StdinOnce: options.stdinOnce,
      AttachStdin: options.stdin,
      Env: options.env,
      Cmd: options.command,
      WorkingDir: options.workingDir,
      Labels: options.labels,
      ExposedPorts: exposed(options),
      Volumes: anonymous(options.mounts ?? []),
      StopSignal: options.stopSignal,
      StopTimeout: options.stopTimeout,
      Healthcheck: options.healthcheck,
      MacAddress: alone ? options.macAddress : undefined,
      NetworkingConfig: endpoints.length > 0 ? { EndpointsConfig: Object.fromEntries(endpoints) } : undefined,
      AttachStdout: undefined,
      AttachStderr: undefined,
      ArgsEscaped: undefined,
      NetworkDisabled: undefined,
      OnBuild: undefined,
      Shell: undefined,
      Entrypoint: undefined,
      HostConfig: hostConfig(options),
    }),
    // An empty list is an entrypoint too: none. docker writes it as one empty string.
    ...(options.entrypoint ? { Entrypoint: options.entrypoint.length > 0 ? options.entrypoint : [''] } : {}),
  };
}

/** Of the query: name and platform. */
export function createQuery({ name, platform }: ContainerOptions): Record<string, string | undefined> {
  return { name, platform: platform && formatPlatform(platform) };
}

function hostConfig(options: ContainerOptions): HostConfig {
  const mounts = options.mounts ?? [];
  return {
    ...said<HostConfig>({
      Binds: mounts.flatMap(shortBind),
      Mounts: mounts.flatMap(longMount),
      Tmpfs: tmpfs(mounts),
      NetworkMode: options.network,
      PortBindings: options.ports?.length ? encodePortMap(options.ports) : undefined,
      PublishAllPorts: options.publishAll,
      RestartPolicy: options.restart && { Name: options.restart.name, ...(options.restart.maximumRetries === undefined ? {} : { MaximumRetryCount: options.restart.maximumRetries }) },
      AutoRemove: options.autoRemove,
      VolumesFrom: options.volumesFrom,
      Annotations: options.annotations,
      CapAdd: options.capAdd,
      CapDrop: options.capDrop,
      CgroupnsMode: options.cgroupMode,
      CgroupParent: options.cgroupParent,
      Dns: options.dns,
      DnsOptions: options.dnsOptions,
      DnsSearch: options.dnsSearch,
      ExtraHosts: options.extraHosts,
      GroupAdd: options.groups,
      IpcMode: options.ipcMode,
      PidMode: options.pidMode,
      UTSMode: options.utsMode,
      UsernsMode: options.usernsMode,
      Links: options.links,
      Privileged: options.privileged,
      ReadonlyRootfs: options.readonlyRootfs,
      SecurityOpt: options.securityOptions,
      ShmSize: options.shmSize,
      Sysctls: options.sysctls,
      Runtime: options.ociRuntime,
      Isolation: options.isolation,
      Init: options.init,
      Devices: options.devices?.map(({ hostPath, containerPath, permissions }) => ({ PathOnHost: hostPath, PathInContainer: containerPath, CgroupPermissions: permissions })),
      DeviceCgroupRules: options.deviceCgroupRules,
      LogConfig: options.logDriver === undefined && !options.logOptions ? undefined : { Type: options.logDriver ?? '', Config: options.logOptions ?? {} },
      OomScoreAdj: options.resources?.oomScoreAdj,
    } as Parameters<typeof said<HostConfig>>[0]),
    ...resourcesBody(options.resources ?? {}),
  };
}

/** Limits for create and update. */
export function resourcesBody(resources: Resources): ResourcesConfig {
  const rates = (devices: Resources['blkioReadBps']) => devices?.map(({ path, rate }) => ({ Path: path, Rate: rate }));
  return said<ResourcesConfig>({
    Memory: resources.memory,
    MemoryReservation: resources.memoryReservation,
    MemorySwap: resources.memorySwap,
    MemorySwappiness: resources.memorySwappiness,
    CpuShares: resources.cpuShares,
    CpuPeriod: resources.cpuPeriod,
    CpuQuota: resources.cpuQuota,
    CpuRealtimePeriod: resources.cpuRealtimePeriod,
    CpuRealtimeRuntime: resources.cpuRealtimeRuntime,
    CpusetCpus: resources.cpusetCpus,
    CpusetMems: resources.cpusetMems,
    PidsLimit: resources.pids,
    BlkioWeight: resources.blkioWeight,
    BlkioWeightDevice: resources.blkioWeightDevices?.map(({ path, weight }) => ({ Path: path, Weight: weight })),
    BlkioDeviceReadBps: rates(resources.blkioReadBps),
    BlkioDeviceWriteBps: rates(resources.blkioWriteBps),
    BlkioDeviceReadIOps: rates(resources.blkioReadIops),
    BlkioDeviceWriteIOps: rates(resources.blkioWriteIops),
    OomKillDisable: resources.oomKillDisable,
    Ulimits: resources.ulimits?.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
  } as Parameters<typeof said<ResourcesConfig>>[0]);
}

function exposed({ expose = [], ports = [] }: ContainerOptions): Record<string, object> | undefined {
  const all = [...expose.map((port) => (port.includes('/') ? port : `${port}/tcp`)), ...ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`)];
  return all.length > 0 ? Object.fromEntries(all.map((port) => [port, {}])) : undefined;
}

function anonymous(mounts: readonly MountOptions[]): Record<string, object> | undefined {
  const targets = mounts.flatMap((mount) => (mount.type === 'volume' && mount.source === undefined ? [mount.target] : []));
  return targets.length > 0 ? Object.fromEntries(targets.map((target) => [target, {}])) : undefined;
}

/** Folders that are to be made where they are not there can only be asked for in the short form; so can SELinux labels. */
function shortBind(mount: MountOptions): string[] {
  if (mount.type !== 'bind' || !(mount.createSource || mount.relabel)) return [];
  const options = [...(mount.readOnly ? ['ro'] : []), ...(mount.propagation ? [mount.propagation] : []), ...(mount.relabel ? [mount.relabel === 'private' ? 'Z' : 'z'] : [])];
  return [[mount.source, mount.target, ...(options.length > 0 ? [options.join(',')] : [])].join(':')];
}

function longMount(mount: MountOptions): MountRequest[] {
  if (mount.type === 'tmpfs' || mount.source === undefined || (mount.type === 'bind' && (mount.createSource || mount.relabel))) return [];
  const common = { Source: mount.source, Target: mount.target, ...(mount.readOnly ? { ReadOnly: true } : {}) };
  if (mount.type === 'volume') return [{ Type: 'volume', ...common, ...(mount.noCopy ? { VolumeOptions: { NoCopy: true } } : {}) }];
  const bind = { ...(mount.propagation ? { Propagation: mount.propagation } : {}), ...(mount.nonRecursive ? { NonRecursive: true } : {}) };
  return [{ Type: 'bind', ...common, ...(Object.keys(bind).length > 0 ? { BindOptions: bind } : {}) }];
}

function tmpfs(mounts: readonly MountOptions[]): Record<string, string> | undefined {
  const all = mounts.flatMap((mount) => {
    if (mount.type !== 'tmpfs') return [];
    return [[mount.target, [...(mount.options ?? []), ...(mount.size === undefined ? [] : [`size=${mount.size}`]), ...(mount.mode === undefined ? [] : [`mode=${mount.mode.toString(8)}`])].join(',')] as const];
  });
  return all.length > 0 ? Object.fromEntries(all) : undefined;
}

function endpoint(aliases: readonly string[] | undefined, { ip, ip6, macAddress }: Pick<NetworkAttachment, 'ip' | 'ip6' | 'macAddress'>): EndpointSettings {
  return {
    ...(aliases?.length ? { Aliases: aliases } : {}),
    ...(ip !== undefined || ip6 !== undefined ? { IPAMConfig: { ...(ip === undefined ? {} : { IPv4Address: ip }), ...(ip6 === undefined ? {} : { IPv6Address: ip6 }) } } : {}),
    ...(macAddress === undefined ? {} : { MacAddress: macAddress }),
  };
}

export function attachmentSettings(options: Omit<NetworkAttachment, 'network'>): EndpointSettings {
  return endpoint(options.aliases, options);
}
