import type { BuildCacheRecord } from './build.js';
import type { ContainerSummary } from './container.js';
import type { ImageSummary } from './image.js';
import type { VolumeBody } from './volume.js';

/** `GET /version` */
export interface SystemVersion {
  readonly Platform: { readonly Name: string };
  readonly Components: readonly { readonly Name: string; readonly Version: string; readonly Details?: Readonly<Record<string, string>> }[];
  readonly Version: string;
  readonly ApiVersion: string;
  readonly MinAPIVersion: string;
  readonly GitCommit: string;
  /** Of the language's runtime: for Caisson, Node.js's. */
  readonly GoVersion: string;
  readonly Os: string;
  readonly Arch: string;
  readonly KernelVersion?: string;
  readonly Experimental?: boolean;
  readonly BuildTime?: string;
}

export interface RuntimeInfo {
  readonly path?: string;
  readonly runtimeArgs?: readonly string[];
  readonly status?: Readonly<Record<string, string>>;
}

/** `GET /info` */
export interface SystemInfo {
  readonly ID: string;
  readonly Containers: number;
  readonly ContainersRunning: number;
  readonly ContainersPaused: number;
  readonly ContainersStopped: number;
  readonly Images: number;
  readonly Driver: string;
  readonly DriverStatus: readonly (readonly [string, string])[];
  readonly DockerRootDir: string;
  readonly Plugins: { readonly Volume: readonly string[] | null; readonly Network: readonly string[] | null; readonly Authorization: readonly string[] | null; readonly Log: readonly string[] | null };
  readonly MemoryLimit: boolean;
  readonly SwapLimit: boolean;
  readonly CpuCfsPeriod: boolean;
  readonly CpuCfsQuota: boolean;
  readonly CPUShares: boolean;
  readonly CPUSet: boolean;
  readonly PidsLimit: boolean;
  readonly OomKillDisable: boolean;
  readonly IPv4Forwarding: boolean;
  readonly BridgeNfIptables?: boolean;
  readonly BridgeNfIp6tables?: boolean;
  readonly Debug: boolean;
  readonly NFd: number;
  readonly NGoroutines: number;
  readonly SystemTime: string;
  readonly LoggingDriver: string;
  readonly CgroupDriver: string;
  readonly CgroupVersion: string;
  readonly NEventsListener: number;
  readonly KernelVersion: string;
  readonly OperatingSystem: string;
  readonly OSVersion: string;
  readonly OSType: string;
  readonly Architecture: string;
  readonly IndexServerAddress: string;
  readonly RegistryConfig: {
    readonly AllowNondistributableArtifactsCIDRs?: readonly string[] | null;
    readonly AllowNondistributableArtifactsHostnames?: readonly string[] | null;
    readonly InsecureRegistryCIDRs: readonly string[] | null;
    readonly IndexConfigs: Readonly<Record<string, { readonly Name: string; readonly Mirrors: readonly string[]; readonly Secure: boolean; readonly Official: boolean }>>;
    readonly Mirrors: readonly string[] | null;
  };
  readonly NCPU: number;
  readonly MemTotal: number;
  readonly GenericResources: null;
  readonly HttpProxy: string;
  readonly HttpsProxy: string;
  readonly NoProxy: string;
  readonly Name: string;
  readonly Labels: readonly string[];
  readonly ExperimentalBuild: boolean;
  readonly ServerVersion: string;
  readonly Runtimes: Readonly<Record<string, RuntimeInfo>>;
  readonly DefaultRuntime: string;
  readonly Swarm: SwarmInfo;
  readonly LiveRestoreEnabled: boolean;
  readonly Isolation: string;
  readonly InitBinary: string;
  readonly ContainerdCommit: { readonly ID: string };
  readonly RuncCommit: { readonly ID: string };
  readonly InitCommit: { readonly ID: string };
  readonly SecurityOptions: readonly string[];
  readonly ProductLicense?: string;
  readonly DefaultAddressPools?: readonly { readonly Base: string; readonly Size: number }[];
  readonly CDISpecDirs?: readonly string[] | null;
  readonly Warnings: readonly string[] | null;
}

export interface SwarmInfo {
  readonly NodeID: string;
  readonly NodeAddr: string;
  readonly LocalNodeState: 'inactive' | 'pending' | 'active' | 'error' | 'locked';
  readonly ControlAvailable: boolean;
  readonly Error: string;
  readonly RemoteManagers: null;
}

/** `GET /system/df` */
export interface SystemUsage {
  readonly LayersSize?: number;
  readonly Images?: readonly ImageSummary[] | null;
  readonly Containers?: readonly ContainerSummary[] | null;
  readonly Volumes?: readonly VolumeBody[] | null;
  readonly BuildCache?: readonly BuildCacheRecord[] | null;
  readonly BuilderSize?: number;
}
