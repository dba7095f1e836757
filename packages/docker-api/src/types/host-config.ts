/** Rows and columns. */
export type ConsoleSize = readonly [number, number];

/** By `80/tcp`: where on the host. Null for a port that is exposed only. */
export type PortMap = Readonly<Record<string, readonly PortBinding[] | null>>;

export interface PortBinding {
  readonly HostIp?: string;
  /** A number, a range, or empty for any free port. */
  readonly HostPort?: string;
}

export interface RestartPolicyConfig {
  readonly Name?: '' | 'no' | 'always' | 'unless-stopped' | 'on-failure';
  readonly MaximumRetryCount?: number;
}

export interface UlimitConfig {
  readonly Name: string;
  readonly Soft: number;
  readonly Hard: number;
}

export interface DeviceMapping {
  readonly PathOnHost: string;
  readonly PathInContainer: string;
  /** Some of `rwm`. */
  readonly CgroupPermissions: string;
}

export interface DeviceRequest {
  readonly Driver?: string;
  readonly Count?: number;
  readonly DeviceIDs?: readonly string[] | null;
  readonly Capabilities?: readonly (readonly string[])[] | null;
  readonly Options?: Readonly<Record<string, string>> | null;
}

export interface LogConfig {
  readonly Type?: string;
  readonly Config?: Readonly<Record<string, string>> | null;
}

/** One of `HostConfig.Mounts`. */
export interface MountRequest {
  readonly Type?: 'bind' | 'volume' | 'tmpfs' | 'npipe' | 'cluster' | 'image';
  readonly Source?: string;
  readonly Target?: string;
  readonly ReadOnly?: boolean;
  readonly Consistency?: string;
  readonly BindOptions?: { readonly Propagation?: string; readonly NonRecursive?: boolean; readonly CreateMountpoint?: boolean; readonly ReadOnlyNonRecursive?: boolean; readonly ReadOnlyForceRecursive?: boolean } | null;
  readonly VolumeOptions?: {
    readonly NoCopy?: boolean;
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly DriverConfig?: { readonly Name?: string; readonly Options?: Readonly<Record<string, string>> | null } | null;
    readonly Subpath?: string;
  } | null;
  readonly TmpfsOptions?: { readonly SizeBytes?: number; readonly Mode?: number; readonly Options?: readonly (readonly string[])[] | null } | null;
}

export interface ThrottleDevice {
  readonly Path: string;
  readonly Rate: number;
}

export interface WeightDevice {
  readonly Path: string;
  readonly Weight: number;
}

/** Limits, as `create` and `update` share them. 0 means none. */
export interface ResourcesConfig {
  readonly CpuShares?: number;
  readonly Memory?: number;
  readonly CgroupParent?: string;
  readonly BlkioWeight?: number;
  readonly BlkioWeightDevice?: readonly WeightDevice[] | null;
  readonly BlkioDeviceReadBps?: readonly ThrottleDevice[] | null;
  readonly BlkioDeviceWriteBps?: readonly ThrottleDevice[] | null;
  readonly BlkioDeviceReadIOps?: readonly ThrottleDevice[] | null;
  readonly BlkioDeviceWriteIOps?: readonly ThrottleDevice[] | null;
  readonly CpuPeriod?: number;
  readonly CpuQuota?: number;
  readonly CpuRealtimePeriod?: number;
  readonly CpuRealtimeRuntime?: number;
  readonly CpusetCpus?: string;
  readonly CpusetMems?: string;
  readonly Devices?: readonly DeviceMapping[] | null;
  readonly DeviceCgroupRules?: readonly string[] | null;
  readonly DeviceRequests?: readonly DeviceRequest[] | null;
  readonly MemoryReservation?: number;
  /** Memory and swap together; -1 for unlimited swap. */
  readonly MemorySwap?: number;
  readonly MemorySwappiness?: number | null;
  /** Processors, in thousand millionths. */
  readonly NanoCpus?: number;
  readonly OomKillDisable?: boolean | null;
  readonly Init?: boolean | null;
  readonly PidsLimit?: number | null;
  readonly Ulimits?: readonly UlimitConfig[] | null;
}

/** What of a container depends on its host. */
export interface HostConfig extends ResourcesConfig {
  /** `SOURCE:TARGET[:options]` */
  readonly Binds?: readonly string[] | null;
  readonly ContainerIDFile?: string;
  readonly LogConfig?: LogConfig | null;
  readonly NetworkMode?: string;
  readonly PortBindings?: PortMap | null;
  readonly RestartPolicy?: RestartPolicyConfig | null;
  readonly AutoRemove?: boolean;
  readonly VolumeDriver?: string;
  readonly VolumesFrom?: readonly string[] | null;
  readonly Mounts?: readonly MountRequest[] | null;
  readonly ConsoleSize?: ConsoleSize | null;
  readonly Annotations?: Readonly<Record<string, string>> | null;
  readonly CapAdd?: readonly string[] | null;
  readonly CapDrop?: readonly string[] | null;
  readonly CgroupnsMode?: string;
  readonly Dns?: readonly string[] | null;
  readonly DnsOptions?: readonly string[] | null;
  readonly DnsSearch?: readonly string[] | null;
  readonly ExtraHosts?: readonly string[] | null;
  readonly GroupAdd?: readonly string[] | null;
  readonly IpcMode?: string;
  readonly Cgroup?: string;
  readonly Links?: readonly string[] | null;
  readonly OomScoreAdj?: number;
  readonly PidMode?: string;
  readonly Privileged?: boolean;
  readonly PublishAllPorts?: boolean;
  readonly ReadonlyRootfs?: boolean;
  readonly SecurityOpt?: readonly string[] | null;
  readonly StorageOpt?: Readonly<Record<string, string>> | null;
  /** By target: options of the mount. */
  readonly Tmpfs?: Readonly<Record<string, string>> | null;
  readonly UTSMode?: string;
  readonly UsernsMode?: string;
  readonly ShmSize?: number;
  readonly Sysctls?: Readonly<Record<string, string>> | null;
  readonly Runtime?: string;
  readonly Isolation?: string;
  readonly MaskedPaths?: readonly string[] | null;
  readonly ReadonlyPaths?: readonly string[] | null;
}
