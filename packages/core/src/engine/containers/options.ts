import type { Platform } from '../../model/platform.js';
import type { Healthcheck } from '../../model/image-config.js';
import type { NetworkAttachment } from './attachments.js';
import type { Device, PublishedPort, Resources, TerminalSize } from '../../runtime/index.js';

/** What a user asks for. Everything but the image has a default: the image's own, or the engine's. It is kept as given. */
export interface ContainerOptions {
  readonly image: string;
  readonly name?: string;
  readonly platform?: Platform;
  /** `missing` (the default), `always` or `never`. */
  readonly pull?: 'missing' | 'always' | 'never';
  readonly command?: readonly string[];
  /** An empty list clears the image's. */
  readonly entrypoint?: readonly string[];
  /** `NAME=value`; `NAME` alone takes the caller's own value away from the image's. */
  readonly env?: readonly string[];
  readonly workingDir?: string;
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly hostname?: string;
  readonly domainname?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly terminal?: boolean;
  /** Of the terminal, from the first instruction on. */
  readonly terminalSize?: TerminalSize;
  readonly stdin?: boolean;
  /** Standard input ends when the first client that was attached to it has gone or has closed its own. */
  readonly stdinOnce?: boolean;
  readonly mounts?: readonly MountOptions[];
  /** `NAME[:ro|rw]` of containers whose volumes and binds this one is to have as well. */
  readonly volumesFrom?: readonly string[];
  readonly ports?: readonly PortOptions[];
  readonly publishAll?: boolean;
  readonly expose?: readonly string[];
  /** `bridge` (the default), `none`, `host`, `container:NAME`, or a network's name. */
  readonly network?: string;
  readonly networkAliases?: readonly string[];
  readonly ip?: string;
  readonly ip6?: string;
  readonly macAddress?: string;
  /** Networks it is to be in beside the first, with what it has in each. */
  readonly furtherNetworks?: readonly NetworkAttachment[];
  /** `NAME[:ALIAS]` of containers that are to be known by these names. */
  readonly links?: readonly string[];
  readonly dns?: readonly string[];
  readonly dnsSearch?: readonly string[];
  readonly dnsOptions?: readonly string[];
  /** `host:ip` */
  readonly extraHosts?: readonly string[];
  readonly resources?: Resources;
  readonly privileged?: boolean;
  readonly capAdd?: readonly string[];
  readonly capDrop?: readonly string[];
  readonly securityOptions?: readonly string[];
  readonly devices?: readonly Device[];
  /** By their names of the Container Device Interface: `vendor.com/class=device`. */
  readonly namedDevices?: readonly string[];
  /** As the device cgroup writes them: `c 42:* rwm`. */
  readonly deviceCgroupRules?: readonly string[];
  readonly readonlyRootfs?: boolean;
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly shmSize?: number;
  readonly init?: boolean;
  readonly autoRemove?: boolean;
  readonly restart?: RestartPolicy;
  readonly stopSignal?: string;
  /** Seconds. */
  readonly stopTimeout?: number;
  readonly healthcheck?: Healthcheck;
  readonly ociRuntime?: string;
  readonly pidMode?: string;
  readonly ipcMode?: string;
  readonly utsMode?: string;
  /** `host` or `private`. */
  readonly cgroupMode?: string;
  /** `host` (the default), `auto` or `private` for IDs of its own, `remap:USER` for those of a user in /etc/subuid. */
  readonly usernsMode?: string;
  readonly cgroupParent?: string;
  /** `default`, or one of those that the runtime's capabilities name. */
  readonly isolation?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** `json-file`, `local`, `journald`, `none`, or one that ships: `syslog`, `fluentd`, `gelf`. Absent: the engine's default. */
  readonly logDriver?: string;
  readonly logOptions?: Readonly<Record<string, string>>;
}

export type MountOptions =
  | { readonly type: 'bind'; readonly source: string; readonly target: string; readonly readOnly?: boolean; readonly propagation?: string; readonly createSource?: boolean; readonly nonRecursive?: boolean; /** SELinux: for this container alone, or for several. */ readonly relabel?: 'private' | 'shared' }
  | { readonly type: 'volume'; readonly source?: string; readonly target: string; readonly readOnly?: boolean; readonly noCopy?: boolean }
  | { readonly type: 'tmpfs'; readonly target: string; readonly size?: number; readonly mode?: number; readonly options?: readonly string[] };

/** Host port 0: any free one. */
export type PortOptions = PublishedPort;

export interface RestartPolicy {
  readonly name: 'no' | 'always' | 'unless-stopped' | 'on-failure';
  readonly maximumRetries?: number;
}
