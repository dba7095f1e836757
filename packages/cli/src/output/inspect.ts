import type { ContainerRecord, NetworkRecord, StoredImage, VolumeRecord } from '@caisson/core';
import { familiarReference, familiarRepository, parseReference } from '@caisson/core';

/** A container as docker's API shows it, as far as it is known here. */
export function inspectContainer(record: ContainerRecord) {
  const { options, process, state } = record;
  const resources = options.resources ?? {};
  const primary = state.networks[0];
  return {
    Id: record.id,
    Created: record.created.toISOString(),
    Path: process.args[0],
    Args: process.args.slice(1),
    State: {
      Status: record.status,
      Running: record.status === 'running' || record.status === 'paused',
      Paused: record.status === 'paused',
      Restarting: false,
      OOMKilled: state.oomKilled,
      Dead: false,
      Pid: state.pid,
      ExitCode: state.exitCode,
      Error: state.error ?? '',
      StartedAt: state.startedAt ?? '0001-01-01T00:00:00Z',
      FinishedAt: state.finishedAt ?? '0001-01-01T00:00:00Z',
    },
    Image: record.image.id,
    Name: `/${record.name}`,
    RestartCount: state.restarts,
    Driver: 'overlay',
    Platform: 'linux',
    HostConfig: {
      Binds: record.mounts.filter((mount) => mount.kind !== 'tmpfs').map((mount) => `${mount.volume ?? mount.source}:${mount.destination}${mount.options.includes('ro') ? ':ro' : ''}`),
      NetworkMode: options.network ?? 'bridge',
      PortBindings: portMap(options.ports ?? []),
      RestartPolicy: { Name: options.restart?.name ?? 'no', MaximumRetryCount: options.restart?.maximumRetries ?? 0 },
      AutoRemove: options.autoRemove ?? false,
      CapAdd: options.capAdd ?? null,
      CapDrop: options.capDrop ?? null,
      Dns: options.dns ?? [],
      DnsOptions: options.dnsOptions ?? [],
      DnsSearch: options.dnsSearch ?? [],
      ExtraHosts: options.extraHosts ?? null,
      Privileged: options.privileged ?? false,
      PublishAllPorts: options.publishAll ?? false,
      ReadonlyRootfs: options.readonlyRootfs ?? false,
      SecurityOpt: options.securityOptions ?? null,
      ShmSize: options.shmSize ?? 67108864,
      Runtime: options.ociRuntime ?? 'runc',
      Memory: resources.memory ?? 0,
      MemoryReservation: resources.memoryReservation ?? 0,
      MemorySwap: resources.memorySwap ?? 0,
      CpuShares: resources.cpuShares ?? 0,
      NanoCpus: resources.cpuQuota && resources.cpuPeriod ? Math.round((resources.cpuQuota / resources.cpuPeriod) * 1e9) : 0,
      CpusetCpus: resources.cpusetCpus ?? '',
      PidsLimit: resources.pids ?? null,
    },
    Mounts: record.mounts.map((mount) => ({
      Type: mount.kind,
      ...(mount.volume === undefined ? {} : { Name: mount.volume, Driver: 'local' }),
      Source: mount.source,
      Destination: mount.destination,
      Mode: '',
      RW: !mount.options.includes('ro'),
      Propagation: mount.options.find((option) => /private|shared|slave/.test(option)) ?? '',
    })),
    Config: {
      Hostname: record.hostname,
      Domainname: options.domainname ?? '',
      User: process.user,
      Tty: process.terminal,
      OpenStdin: process.stdin,
      Env: process.env,
      Cmd: options.command ?? null,
      Image: record.image.name,
      WorkingDir: process.cwd,
      Entrypoint: options.entrypoint ?? null,
      Labels: record.labels,
      ExposedPorts: Object.fromEntries(record.exposed.map((port) => [port, {}])),
      StopSignal: record.stopSignal,
    },
    NetworkSettings: {
      Ports: portMap(state.ports),
      IPAddress: primary?.address ?? '',
      IPPrefixLen: primary?.prefix ?? 0,
      Gateway: primary?.gateway ?? '',
      MacAddress: primary?.macAddress ?? '',
      GlobalIPv6Address: primary?.address6 ?? '',
      GlobalIPv6PrefixLen: primary?.prefix6 ?? 0,
      IPv6Gateway: primary?.gateway6 ?? '',
      Networks: inspectEndpoints(record),
    },
  };
}

function portMap(ports: ContainerRecord['state']['ports']): Record<string, { HostIp: string; HostPort: string }[]> {
  const map: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const { containerPort, protocol, hostIp, hostPort } of ports) (map[`${containerPort}/${protocol}`] ??= []).push({ HostIp: hostIp || '0.0.0.0', HostPort: String(hostPort) });
  return map;
}

/** An image as docker's API shows it. `Size` is that of the layers as stored. */
export function inspectImage(image: StoredImage) {
  const references = image.names.map(parseReference);
  const { config } = image;
  return {
    Id: image.id,
    RepoTags: references.filter((reference) => reference.tag !== undefined).map((reference) => familiarReference(reference)),
    RepoDigests: [...new Set(references.map((reference) => `${familiarRepository(reference)}@${image.target.digest}`))],
    Comment: config.history?.at(-1)?.comment ?? '',
    Created: config.created,
    Author: config.author ?? '',
    Config: config.config ?? {},
    Architecture: config.architecture,
    ...(config.variant === undefined ? {} : { Variant: config.variant }),
    Os: config.os,
    Size: image.manifest.layers.reduce((sum, layer) => sum + layer.size, 0),
    RootFS: { Type: 'layers', Layers: config.rootfs.diff_ids },
    Descriptor: image.target,
    Manifest: image.manifest,
  };
}

export function inspectVolume({ name, created, driver, mountpoint, labels, options }: VolumeRecord) {
  return { Name: name, CreatedAt: created.toISOString(), Driver: driver, Mountpoint: mountpoint, Labels: labels, Options: options, Scope: 'local' };
}

/** The networks a container is in; of one that does not run, those it is going to be in. */
function inspectEndpoints({ state, options }: ContainerRecord) {
  const attached = state.attachments ?? [{ network: options.network ?? 'bridge', ...(options.networkAliases ? { aliases: options.networkAliases } : {}) }, ...(options.furtherNetworks ?? [])];
  return Object.fromEntries([
    ...attached.map(({ network, aliases }) => [network === 'default' ? 'bridge' : network, { NetworkID: '', EndpointID: '', Aliases: aliases ?? null, DNSNames: null, IPAddress: '', IPPrefixLen: 0, Gateway: '', GlobalIPv6Address: '', GlobalIPv6PrefixLen: 0, IPv6Gateway: '', MacAddress: '' }]),
    ...state.networks.map((endpoint) => [
      endpoint.network,
      {
        NetworkID: endpoint.networkId,
        EndpointID: '',
        Aliases: endpoint.aliases ?? null,
        DNSNames: endpoint.names ?? null,
        IPAddress: endpoint.address,
        IPPrefixLen: endpoint.prefix,
        Gateway: endpoint.gateway,
        GlobalIPv6Address: endpoint.address6 ?? '',
        GlobalIPv6PrefixLen: endpoint.prefix6 ?? 0,
        IPv6Gateway: endpoint.gateway6 ?? '',
        MacAddress: endpoint.macAddress,
      },
    ]),
  ]) as Record<string, object>;
}

/** `users` are the containers that run in it. */
export function inspectNetwork(network: NetworkRecord, users: readonly ContainerRecord[]) {
  const { name, id, created, driver, internal, labels, subnet, gateway, subnet6, gateway6, ipRange, ipRange6, bridge, mode } = network;
  const pool = (subnetOf: string, gatewayOf: string | undefined, range: string | undefined) => ({ Subnet: subnetOf, ...(range === undefined ? {} : { IPRange: range }), Gateway: gatewayOf, ...(network.auxAddresses && subnetOf === subnet ? { AuxiliaryAddresses: network.auxAddresses } : {}) });
  return {
    Name: name,
    Id: id,
    Created: created.toISOString(),
    Scope: 'local',
    Driver: driver,
    EnableIPv6: subnet6 !== undefined,
    Internal: internal,
    Attachable: network.attachable ?? false,
    IPAM: { Driver: 'default', Config: [pool(subnet, gateway, ipRange), ...(subnet6 === undefined ? [] : [pool(subnet6, gateway6, ipRange6)])] },
    Containers: Object.fromEntries(users.flatMap((user) => user.state.networks.filter((endpoint) => endpoint.networkId === id).map((endpoint) => [user.id, { Name: user.name, MacAddress: endpoint.macAddress, IPv4Address: `${endpoint.address}/${endpoint.prefix}`, IPv6Address: endpoint.address6 === undefined ? '' : `${endpoint.address6}/${endpoint.prefix6}` }]))),
    Options: { ...(mode === undefined ? { 'com.docker.network.bridge.name': bridge } : { parent: bridge, [`${driver}_mode`]: mode }), ...network.options },
    Labels: labels,
  };
}
