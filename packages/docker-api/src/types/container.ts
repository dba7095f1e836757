import type { HostConfig, PortMap, ResourcesConfig, RestartPolicyConfig } from './host-config.js';
import type { EndpointSettings, NetworkingConfig } from './network.js';
import type { ImageManifestDescriptor } from './image.js';

/** Durations in nanoseconds; 0 means inherit. */
export interface HealthConfig {
  /** `['NONE']`, `['CMD', …]` or `['CMD-SHELL', line]`; empty means inherit. */
  readonly Test?: readonly string[] | null;
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly Retries?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
}

/** What of a container does not depend on its host; also the defaults of an image. */
export interface ContainerConfig {
  readonly Hostname?: string;
  readonly Domainname?: string;
  readonly User?: string;
  readonly AttachStdin?: boolean;
  readonly AttachStdout?: boolean;
  readonly AttachStderr?: boolean;
  readonly ExposedPorts?: Readonly<Record<string, unknown>> | null;
  readonly Tty?: boolean;
  readonly OpenStdin?: boolean;
  readonly StdinOnce?: boolean;
  readonly Env?: readonly string[] | null;
  readonly Cmd?: readonly string[] | string | null;
  readonly Healthcheck?: HealthConfig | null;
  readonly ArgsEscaped?: boolean;
  readonly Image?: string;
  readonly Volumes?: Readonly<Record<string, unknown>> | null;
  readonly WorkingDir?: string;
  readonly Entrypoint?: readonly string[] | string | null;
  readonly NetworkDisabled?: boolean;
  /** Until API 1.44. */
  readonly MacAddress?: string;
  readonly OnBuild?: readonly string[] | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly StopSignal?: string;
  /** Seconds. */
  readonly StopTimeout?: number | null;
  readonly Shell?: readonly string[] | null;
}

/** `POST /containers/create` */
export interface ContainerCreateRequest extends ContainerConfig {
  readonly HostConfig?: HostConfig | null;
  readonly NetworkingConfig?: NetworkingConfig | null;
}

export interface ContainerCreateResponse {
  readonly Id: string;
  readonly Warnings: readonly string[];
}

export type ContainerStateName = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead';

export interface HealthState {
  readonly Status: 'none' | 'starting' | 'healthy' | 'unhealthy';
  readonly FailingStreak: number;
  readonly Log: readonly HealthLogEntry[] | null;
}

export interface HealthLogEntry {
  readonly Start: string;
  readonly End: string;
  readonly ExitCode: number;
  readonly Output: string;
}

export interface ContainerStateBody {
  readonly Status: ContainerStateName;
  readonly Running: boolean;
  readonly Paused: boolean;
  readonly Restarting: boolean;
  readonly OOMKilled: boolean;
  readonly Dead: boolean;
  readonly Pid: number;
  readonly ExitCode: number;
  readonly Error: string;
  /** RFC 3339; `0001-01-01T00:00:00Z` for never. */
  readonly StartedAt: string;
  readonly FinishedAt: string;
  readonly Health?: HealthState;
}

export interface MountPoint {
  readonly Type: string;
  readonly Name?: string;
  readonly Source: string;
  readonly Destination: string;
  readonly Driver?: string;
  readonly Mode: string;
  readonly RW: boolean;
  readonly Propagation: string;
}

export interface NetworkSettings {
  readonly Bridge?: string;
  readonly SandboxID: string;
  readonly SandboxKey: string;
  readonly HairpinMode?: boolean;
  readonly LinkLocalIPv6Address?: string;
  readonly LinkLocalIPv6PrefixLen?: number;
  readonly SecondaryIPAddresses?: null;
  readonly SecondaryIPv6Addresses?: null;
  readonly Ports: PortMap;
  readonly EndpointID?: string;
  readonly Gateway?: string;
  readonly GlobalIPv6Address?: string;
  readonly GlobalIPv6PrefixLen?: number;
  readonly IPAddress?: string;
  readonly IPPrefixLen?: number;
  readonly IPv6Gateway?: string;
  readonly MacAddress?: string;
  readonly Networks: Readonly<Record<string, EndpointSettings>>;
}

/** `GET /containers/{id}/json` */
export interface ContainerInspect {
  readonly Id: string;
  readonly Created: string;
  readonly Path: string;
  readonly Args: readonly string[];
  readonly State: ContainerStateBody;
  /** The image's ID. */
  readonly Image: string;
  readonly ResolvConfPath: string;
  readonly HostnamePath: string;
  readonly HostsPath: string;
  readonly LogPath: string;
  /** With a slash in front. */
  readonly Name: string;
  readonly RestartCount: number;
  readonly Driver: string;
  readonly Platform: string;
  readonly ImageManifestDescriptor?: ImageManifestDescriptor;
  readonly MountLabel: string;
  readonly ProcessLabel: string;
  readonly AppArmorProfile: string;
  readonly ExecIDs: readonly string[] | null;
  readonly HostConfig: HostConfig;
  readonly GraphDriver: { readonly Name: string; readonly Data: Readonly<Record<string, string>> | null };
  /** Only when asked for. */
  readonly SizeRw?: number;
  readonly SizeRootFs?: number;
  readonly Mounts: readonly MountPoint[];
  readonly Config: ContainerConfig;
  readonly NetworkSettings: NetworkSettings;
}

export interface Port {
  readonly IP?: string;
  readonly PrivatePort: number;
  readonly PublicPort?: number;
  readonly Type: 'tcp' | 'udp' | 'sctp';
}

/** One of `GET /containers/json`. */
export interface ContainerSummary {
  readonly Id: string;
  /** With slashes in front. */
  readonly Names: readonly string[];
  readonly Image: string;
  readonly ImageID: string;
  readonly ImageManifestDescriptor?: ImageManifestDescriptor;
  readonly Command: string;
  /** Seconds since 1970. */
  readonly Created: number;
  readonly Ports: readonly Port[];
  readonly SizeRw?: number;
  readonly SizeRootFs?: number;
  readonly Labels: Readonly<Record<string, string>>;
  readonly State: ContainerStateName;
  /** For people: `Up 2 minutes (healthy)`. */
  readonly Status: string;
  readonly HostConfig: { readonly NetworkMode?: string; readonly Annotations?: Readonly<Record<string, string>> };
  readonly NetworkSettings: { readonly Networks: Readonly<Record<string, EndpointSettings>> };
  readonly Mounts: readonly MountPoint[];
}

/** `POST /containers/{id}/wait` */
export interface ContainerWaitResponse {
  readonly StatusCode: number;
  readonly Error?: { readonly Message: string } | null;
}

/** `GET /containers/{id}/top` */
export interface ContainerTopResponse {
  readonly Titles: readonly string[];
  readonly Processes: readonly (readonly string[])[];
}

/** One of `GET /containers/{id}/changes`: 0 modified, 1 added, 2 deleted. */
export interface FilesystemChange {
  readonly Path: string;
  readonly Kind: 0 | 1 | 2;
}

/** `POST /containers/{id}/update` */
export interface ContainerUpdateRequest extends ResourcesConfig {
  readonly RestartPolicy?: RestartPolicyConfig | null;
}

export interface ContainerUpdateResponse {
  readonly Warnings: readonly string[];
}

export interface ContainersPruneResponse {
  readonly ContainersDeleted: readonly string[] | null;
  readonly SpaceReclaimed: number;
}

/** The header `X-Docker-Container-Path-Stat`, as JSON in base64. */
export interface ContainerPathStat {
  readonly name: string;
  readonly size: number;
  /** Go's os.FileMode. */
  readonly mode: number;
  readonly mtime: string;
  readonly linkTarget: string;
}

