import { anything, flag, integer, list, map, nullable, object, text, textMap, textOrTexts, texts } from '../http/check.js';

const rates = list(object({ Path: text, Rate: integer }));
const portBindings = map(nullable(list(object({ HostIp: text, HostPort: text }))));
export const consoleSize = nullable(list(integer));

const resources = {
  CpuShares: integer,
  Memory: integer,
  CgroupParent: text,
  BlkioWeight: integer,
  BlkioWeightDevice: list(object({ Path: text, Weight: integer })),
  BlkioDeviceReadBps: rates,
  BlkioDeviceWriteBps: rates,
  BlkioDeviceReadIOps: rates,
  BlkioDeviceWriteIOps: rates,
  CpuPeriod: integer,
  CpuQuota: integer,
  CpuRealtimePeriod: integer,
  CpuRealtimeRuntime: integer,
  CpusetCpus: text,
  CpusetMems: text,
  Devices: list(object({ PathOnHost: text, PathInContainer: text, CgroupPermissions: text })),
  DeviceCgroupRules: texts,
  DeviceRequests: list(object({ Driver: text, Count: integer, DeviceIDs: texts, Capabilities: list(texts), Options: textMap })),
  MemoryReservation: integer,
  MemorySwap: integer,
  MemorySwappiness: integer,
  NanoCpus: integer,
  OomKillDisable: flag,
  Init: flag,
  PidsLimit: integer,
  Ulimits: list(object({ Name: text, Soft: integer, Hard: integer })),
};

const restartPolicy = object({ Name: text, MaximumRetryCount: integer });

const mount = object({
  Type: text,
  Source: text,
  Target: text,
  ReadOnly: flag,
  Consistency: text,
  BindOptions: object({ Propagation: text, NonRecursive: flag, CreateMountpoint: flag, ReadOnlyNonRecursive: flag, ReadOnlyForceRecursive: flag }),
  VolumeOptions: object({ NoCopy: flag, Labels: textMap, DriverConfig: object({ Name: text, Options: textMap }), Subpath: text }),
  TmpfsOptions: object({ SizeBytes: integer, Mode: integer, Options: list(texts) }),
  ImageOptions: anything,
  ClusterOptions: anything,
});

const hostConfig = object({
  ...resources,
  Binds: texts,
  LogConfig: object({ Type: text, Config: textMap }),
  NetworkMode: text,
  PortBindings: portBindings,
  RestartPolicy: restartPolicy,
  AutoRemove: flag,
  VolumeDriver: text,
  VolumesFrom: texts,
  Mounts: list(mount),
  ConsoleSize: consoleSize,
  Annotations: textMap,
  CapAdd: texts,
  CapDrop: texts,
  CgroupnsMode: text,
  Dns: texts,
  DnsOptions: texts,
  DnsSearch: texts,
  ExtraHosts: texts,
  GroupAdd: texts,
  IpcMode: text,
  Links: texts,
  OomScoreAdj: integer,
  PidMode: text,
  Privileged: flag,
  PublishAllPorts: flag,
  ReadonlyRootfs: flag,
  SecurityOpt: texts,
  StorageOpt: textMap,
  Tmpfs: textMap,
  UTSMode: text,
  UsernsMode: text,
  ShmSize: integer,
  Sysctls: textMap,
  Runtime: text,
  Isolation: text,
});

export const endpointSettings = object({
  IPAMConfig: object({ IPv4Address: text, IPv6Address: text, LinkLocalIPs: texts }),
  Links: texts,
  Aliases: texts,
  MacAddress: text,
  DriverOpts: textMap,
});

const healthcheck = object({ Test: texts, Interval: integer, Timeout: integer, Retries: integer, StartPeriod: integer, StartInterval: integer });

export const config = {
  Hostname: text,
  Domainname: text,
  User: text,
  ExposedPorts: map(anything),
  Tty: flag,
  OpenStdin: flag,
  StdinOnce: flag,
  Env: texts,
  Cmd: textOrTexts,
  Healthcheck: healthcheck,
  Image: text,
  Volumes: map(anything),
  WorkingDir: text,
  Entrypoint: textOrTexts,
  NetworkDisabled: flag,
  MacAddress: text,
  OnBuild: texts,
  Labels: textMap,
  StopSignal: text,
  StopTimeout: integer,
  Shell: texts,
};

/** `POST /containers/create` */
export const createRequest = object({ ...config, HostConfig: hostConfig, NetworkingConfig: object({ EndpointsConfig: map(nullable(endpointSettings)) }) });
export type CreateRequest = ReturnType<typeof createRequest>;
export type HostConfigRequest = ReturnType<typeof hostConfig>;
export type MountRequest = ReturnType<typeof mount>;
export type EndpointRequest = ReturnType<typeof endpointSettings>;

/** `POST /containers/{id}/update` */
export const updateRequest = object({ ...resources, RestartPolicy: restartPolicy });
export type ResourcesRequest = ReturnType<typeof updateRequest>;
