import type { ContainerEndpoint, ContainerRecord, ContainerStatus, ContainerSummary, ResolvedMount } from '@caisson/core';
import type * as api from '../types/container.js';
import type { EndpointSettings } from '../types/network.js';
import { decodeOptions } from './container-options.js';
import { decodePortMap } from './ports.js';
import { dateOf, digestOf, timeOf } from './values.js';

/** docker's states are ours, but for two: what is dead has exited, and what is about to start again has exited until then. */
function statusOf(state: string): ContainerStatus {
  return state === 'running' || state === 'paused' || state === 'created' || state === 'removing' ? state : 'exited';
}

/** `/name`; names that links have given follow, with a second slash. */
function nameOf(names: readonly string[] | null | undefined): string {
  const own = names?.find((name) => !name.slice(1).includes('/')) ?? names?.[0] ?? '';
  return own.replace(/^\//, '');
}

/** A container of a list. */
export function decodeContainerSummary(one: api.ContainerSummary): ContainerSummary {
  const ports = one.Ports ?? [];
  const exit = /^Exited \((\d+)\)/.exec(one.Status)?.[1];
  const health = /\((healthy|unhealthy|health: starting)\)/.exec(one.Status)?.[1];
  return {
    id: one.Id,
    name: nameOf(one.Names),
    created: dateOf(one.Created),
    image: { name: one.Image, id: digestOf(one.ImageID) },
    status: statusOf(one.State),
    statusText: one.Status || one.State,
    labels: one.Labels ?? {},
    options: { network: one.HostConfig?.NetworkMode ?? 'bridge', ...(one.HostConfig?.Annotations ? { annotations: one.HostConfig.Annotations } : {}) },
    process: { args: [one.Command ?? ''] },
    exposed: ports.filter((port) => !port.PublicPort).map((port) => `${port.PrivatePort}/${port.Type}`),
    mounts: (one.Mounts ?? []).map(decodeMount),
    state: {
      exitCode: Number(exit ?? 0),
      ports: ports.flatMap((port) => (port.PublicPort ? [{ protocol: port.Type, hostIp: port.IP ?? '', hostPort: port.PublicPort, containerPort: port.PrivatePort }] : [])),
      networks: decodeEndpoints(one.NetworkSettings?.Networks),
      ...(health ? { health: { status: health === 'health: starting' ? 'starting' : (health as 'healthy' | 'unhealthy'), failingStreak: 0, log: [] } } : {}),
    },
    ...(one.SizeRootFs === undefined && one.SizeRw === undefined ? {} : { size: { written: one.SizeRw ?? 0, total: one.SizeRootFs ?? 0 } }),
  };
}

/** A container as `inspect` tells of it. */
export function decodeContainer(one: api.ContainerInspect): ContainerRecord {
  const { Config: config, HostConfig: host, State: state } = one;
  const options = decodeOptions(one);
  const startedAt = timeOf(state.StartedAt);
  const finishedAt = timeOf(state.FinishedAt);
  return {
    id: one.Id,
    name: nameOf([one.Name]),
    created: dateOf(one.Created),
    image: { name: config.Image ?? one.Image, id: digestOf(one.Image), target: digestOf(one.ImageManifestDescriptor?.digest ?? one.Image) },
    status: statusOf(state.Status),
    options,
    process: {
      args: [one.Path, ...(one.Args ?? [])],
      env: config.Env ?? [],
      cwd: config.WorkingDir || '/',
      user: config.User ?? '',
      terminal: config.Tty ?? false,
      stdin: config.OpenStdin ?? false,
      ...(config.StdinOnce ? { stdinOnce: true } : {}),
      ...(host.GroupAdd?.length ? { additionalGroups: host.GroupAdd } : {}),
      ...(host.Privileged ? { privileged: true } : {}),
    },
    hostname: config.Hostname ?? '',
    labels: config.Labels ?? {},
    stopSignal: config.StopSignal || 'SIGTERM',
    exposed: Object.keys(config.ExposedPorts ?? {}),
    mounts: (one.Mounts ?? []).map(decodeMount),
    ...(options.healthcheck ? { healthcheck: options.healthcheck } : {}),
    ...(config.Shell?.length ? { shell: config.Shell } : {}),
    state: {
      pid: state.Pid,
      ...(startedAt ? { startedAt } : {}),
      ...(finishedAt ? { finishedAt } : {}),
      exitCode: state.ExitCode,
      oomKilled: state.OOMKilled,
      ...(state.Error ? { error: state.Error } : {}),
      restarts: one.RestartCount ?? 0,
      stopRequested: false,
      unfinished: false,
      ports: decodePortMap(one.NetworkSettings?.Ports),
      networks: decodeEndpoints(one.NetworkSettings?.Networks),
      ...(state.Restarting ? { restartAt: new Date().toISOString() } : {}),
      ...decodeHealth(state.Health),
    },
    ...(one.SizeRootFs === undefined && one.SizeRw === undefined ? {} : { size: { written: one.SizeRw ?? 0, total: one.SizeRootFs ?? 0 } }),
  };
}

function decodeHealth(health: api.HealthState | undefined): Pick<ContainerRecord['state'], 'health'> {
  if (!health || !['starting', 'healthy', 'unhealthy'].includes(health.Status)) return {};
  return {
    health: {
      status: health.Status as 'starting' | 'healthy' | 'unhealthy',
      failingStreak: health.FailingStreak,
      log: (health.Log ?? []).map(({ Start, End, ExitCode, Output }) => ({ start: Start, end: End, exitCode: ExitCode, output: Output })),
    },
  };
}

function decodeMount({ Type, Name, Source, Destination, RW, Propagation }: api.MountPoint): ResolvedMount {
  const kind = Type === 'volume' || Type === 'tmpfs' ? Type : 'bind';
  return {
    kind,
    type: kind === 'tmpfs' ? 'tmpfs' : 'bind',
    source: Source,
    destination: Destination,
    options: [RW ? 'rw' : 'ro', ...(Propagation ? [Propagation] : [])],
    ...(kind === 'volume' && Name ? { volume: Name } : {}),
  };
}

function decodeEndpoints(networks: Readonly<Record<string, EndpointSettings>> | null | undefined): ContainerEndpoint[] {
  return Object.entries(networks ?? {}).map(([network, { NetworkID, IPAddress, IPPrefixLen, Gateway, MacAddress, GlobalIPv6Address, GlobalIPv6PrefixLen, IPv6Gateway, Aliases, DNSNames }]) => ({
    network,
    networkId: NetworkID ?? '',
    address: IPAddress ?? '',
    prefix: IPPrefixLen ?? 0,
    gateway: Gateway ?? '',
    macAddress: MacAddress ?? '',
    ...(GlobalIPv6Address ? { address6: GlobalIPv6Address, prefix6: GlobalIPv6PrefixLen ?? 64, ...(IPv6Gateway ? { gateway6: IPv6Gateway } : {}) } : {}),
    ...(Aliases?.length ? { aliases: Aliases } : {}),
    ...(DNSNames?.length ? { names: DNSNames } : {}),
  }));
}
