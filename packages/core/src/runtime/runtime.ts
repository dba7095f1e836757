import type { Readable, Writable } from 'node:stream';
import type { LimitController } from './limit-controllers.js';
import type { PublishedPort } from './network-driver.js';
import type { Mount } from './snapshotter.js';

/**
 * What runs containers: runc on Linux, the host compute service on Windows.
 *
 * `create` sets the container up without running the user's program; `start` runs it. From then on a monitor that outlives the
 * calling process holds its output, terminal and exit code: any later process may `attach`, `wait` or `kill`. After the exit,
 * `delete` gives back everything the runtime took (state, cgroup, monitor files); snapshots and networks are the engine's. Every
 * call is safe to repeat, for an engine that was killed in between.
 */
export interface Runtime {
  readonly name: string;
  /** What this backend on this host can do, and for what it cannot, why. */
  capabilities(): Promise<RuntimeCapabilities>;
  create(spec: ContainerSpec, options?: CreateOptions): Promise<void>;
  /**
   * Runs a container that lives and dies with the caller, without a monitor: a build's RUN. Aborting the signal kills it; when `wait`
   * has resolved, nothing of it is left.
   */
  run(spec: ContainerSpec, options: ExecOptions): Promise<Process>;
  start(id: string, options?: CallOptions): Promise<void>;
  /** What is known of it now; undefined for a container this runtime does not hold. */
  state(id: string): Promise<RuntimeState | undefined>;
  exec(id: string, process: ProcessSpec, options: ExecOptions): Promise<Process>;
  /** Joins the main process's streams; several may be attached at once. */
  attach(id: string, options: AttachOptions): Promise<Process>;
  /** Signal by number or name (`TERM`, `SIGTERM`). @throws CaissonError `not-found`, or `in-use` where it does not run. */
  kill(id: string, signal: string | number, options?: { all?: boolean }): Promise<void>;
  pause(id: string): Promise<void>;
  unpause(id: string): Promise<void>;
  /** Resolves with the exit once there is one; at once where it has exited already. */
  wait(id: string, options?: CallOptions): Promise<ExitStatus>;
  /** Size of the main process's terminal. @throws CaissonError `not-found`, `in-use` */
  resize(id: string, size: TerminalSize): Promise<void>;
  /** The log file has been renamed: the monitor is to go on in a new one at `logPath`. Returns before it does. */
  reopenLog?(id: string): void;
  /** IDs, but for the `known` ones, of containers that were created and never started by callers that have died since. Nobody else will delete them. */
  abandoned?(known: ReadonlySet<string>): Promise<readonly string[]>;
  stats(id: string): Promise<RuntimeStats>;
  /** Process IDs on the host, of the container's processes. */
  processes(id: string): Promise<readonly number[]>;
  /** The same as ps(1) shows them, with ps's own options. @throws CaissonError `invalid-argument` in ps's words */
  processTable(id: string, psOptions: readonly string[]): Promise<ProcessTable>;
  /** Changes limits to these; `asked` are those of them that are new, and must be possible. @throws CaissonError `unsupported` */
  update(id: string, resources: Resources, asked?: Resources): Promise<void>;
  /** Removes all that the runtime holds of it; with `force` after killing it. Quietly nothing where it holds nothing. */
  delete(id: string, options?: { force?: boolean }): Promise<void>;
  /**
   * The caller of a supervised `create` has done all there is to do after the exit: the exit command is not needed. To be called last, after
   * snapshots, networks and records are in order: whoever dies before has the exit command do it. Quietly nothing for others.
   */
  release(id: string): Promise<void>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
}

export interface CreateOptions extends CallOptions {
  /** The caller itself tidies up after the exit: `exitCommand` runs only when the caller's process ends before `release`. */
  readonly supervised?: boolean;
}

/** A feature that is missing carries one sentence with the reason, fit for an error message. */
export type Capability = { readonly available: true } | { readonly available: false; readonly reason: string };

export interface RuntimeCapabilities {
  readonly isolation: readonly ('process' | 'hyperv' | 'user-namespace')[];
  readonly pause: Capability;
  readonly limits: Capability;
  /** Of limits that are to be had as such, the controllers without which some are not: a host need not delegate all of them to an ordinary user. */
  readonly undelegated?: readonly LimitController[];
  readonly stats: Capability;
  readonly terminal: Capability;
  /** Programs and versions found, for `caisson info`. */
  readonly components: Readonly<Record<string, string>>;
}

/** What a container is to be, with everything resolved: no image defaults, no names, no relative paths are left. */
export interface ContainerSpec {
  readonly id: string;
  /** Mounts that make the root file system, from the snapshotter. */
  readonly rootfs: readonly Mount[];
  readonly readonlyRootfs?: boolean;
  /** What is written to the root file system goes with the container (`--rm`): its end need not wait until it is on disk. */
  readonly volatileRootfs?: boolean;
  readonly process: ProcessSpec;
  readonly hostname?: string;
  readonly domainname?: string;
  readonly mounts: readonly ContainerMount[];
  /** Path of the network namespace to join; absent: a new one with loopback only; `host`: the host's. */
  readonly networkNamespace?: string;
  /** Ports of the host that are the container's: nobody else is to have them as long as it lives. */
  readonly publishedPorts?: readonly PublishedPort[];
  readonly pidNamespace?: string;
  readonly ipcNamespace?: string;
  /** Its /dev/shm: one that others may have too, that of another container, or none. Absent: its own. */
  readonly sharedMemory?: 'shareable' | 'none' | { readonly of: string };
  readonly utsNamespace?: string;
  /** `host` or `private`. */
  readonly cgroupNamespace?: string;
  readonly resources: Resources;
  readonly security: Security;
  readonly devices?: readonly Device[];
  readonly hooks?: OciHooks;
  /** As the device cgroup writes them: `c 42:* rwm`. */
  readonly deviceCgroupRules?: readonly string[];
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly cgroupParent?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** The file the monitor appends output to, in the CRI log format; absent: none is kept. */
  readonly logPath?: string;
  /** Has the monitor hand output to the host's journal instead, with this tag. */
  readonly journalTag?: string;
  /** Run by the monitor when the container has exited, without any Caisson process being alive. */
  readonly exitCommand?: readonly string[];
  /** Bytes of /dev/shm; default 64 MiB. */
  readonly shmSize?: number;
  readonly init?: boolean;
  /** `runc`, `crun` or a path; absent: the first that is found. */
  readonly ociRuntime?: string;
  /** Windows: `process` or `hyperv`; absent or `default`: what the host's edition has by default. */
  readonly isolation?: string;
  /** Windows: the version that the image is for, `10.0.20348.2227`. */
  readonly osVersion?: string;
  /** Windows: where names are looked for. */
  readonly dnsSearch?: readonly string[];
}

export interface ProcessSpec {
  readonly args: readonly string[];
  /** Windows: the first of `args` is a whole command line already, and stays as it is. */
  readonly argsEscaped?: boolean;
  readonly env: readonly string[];
  readonly cwd: string;
  /** As in `--user`: name or number, optionally with a group; resolved inside the root file system. */
  readonly user: string;
  readonly additionalGroups?: readonly string[];
  readonly terminal: boolean;
  /** Whether standard input stays open for attachers. */
  readonly stdin: boolean;
  /** Closes standard input when the first attached client has gone. */
  readonly stdinOnce?: boolean;
  readonly privileged?: boolean;
  readonly terminalSize?: TerminalSize;
}

export interface TerminalSize {
  readonly columns: number;
  readonly rows: number;
}

export interface ContainerMount {
  /** `bind`, `tmpfs` or another kernel type. */
  readonly type: string;
  readonly source: string;
  readonly destination: string;
  readonly options: readonly string[];
  /** With SELinux: the source gets a label for this container alone, or for all. */
  readonly relabel?: 'private' | 'shared';
}

/** Programs of the host that the OCI runtime calls on a container's way (config.md, POSIX-platform Hooks). */
export type OciHooks = { [name in 'prestart' | 'createRuntime' | 'createContainer' | 'startContainer' | 'poststart']?: OciHook[] };

export interface OciHook {
  readonly path: string;
  readonly args?: readonly string[];
  readonly env?: readonly string[];
  /** Seconds. */
  readonly timeout?: number;
}

/** What a container gets for the sake of devices that a vendor describes (Container Device Interface). */
export interface DeviceEdits {
  readonly env: readonly string[];
  readonly devices: readonly Device[];
  readonly mounts: readonly ContainerMount[];
  readonly hooks: OciHooks;
}

export interface Device {
  readonly hostPath: string;
  readonly containerPath: string;
  /** Some of `rwm`. */
  readonly permissions: string;
}

export interface Security {
  readonly privileged: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  /** Default: true for nobody; `--security-opt no-new-privileges` sets it. */
  readonly noNewPrivileges: boolean;
  /** `default`, `unconfined` or the JSON of a profile. */
  readonly seccomp: string;
  /** A profile's name, or `unconfined`; absent: the runtime's default where the host has AppArmor. */
  readonly apparmor?: string;
  /** `disable`, `type:…`, `level:…`, `user:…`, `role:…`; absent: the runtime's default where the host has SELinux. */
  readonly selinux?: readonly string[];
  readonly maskedPaths?: readonly string[];
  readonly readonlyPaths?: readonly string[];
  readonly usernsMode?: string;
  /** Windows: `file://`, `registry://` or `raw://`, as in `--security-opt credentialspec=`. */
  readonly credentialSpec?: string;
}

/** Absent means unlimited. Bytes, CPU microseconds, counts. */
export interface Resources {
  readonly memory?: number;
  readonly memoryReservation?: number;
  /** Memory plus swap; -1 for unlimited swap. */
  readonly memorySwap?: number;
  readonly cpuShares?: number;
  readonly cpuPeriod?: number;
  readonly cpuQuota?: number;
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
  readonly pids?: number;
  /** Microseconds of real-time scheduling in each period. */
  readonly cpuRealtimeRuntime?: number;
  readonly cpuRealtimePeriod?: number;
  /** 0–100. */
  readonly memorySwappiness?: number;
  /** 10–1000. */
  readonly blkioWeight?: number;
  readonly blkioWeightDevices?: readonly { readonly path: string; readonly weight: number }[];
  /** Bytes or operations a second. */
  readonly blkioReadBps?: readonly DeviceRate[];
  readonly blkioWriteBps?: readonly DeviceRate[];
  readonly blkioReadIops?: readonly DeviceRate[];
  readonly blkioWriteIops?: readonly DeviceRate[];
  readonly oomKillDisable?: boolean;
  readonly oomScoreAdj?: number;
  readonly ulimits?: readonly { readonly name: string; readonly soft: number; readonly hard: number }[];
}

export interface DeviceRate {
  /** Of a block device of the host. */
  readonly path: string;
  readonly rate: number;
}

export type RuntimeStatus = 'created' | 'running' | 'paused' | 'exited';

export interface RuntimeState {
  readonly status: RuntimeStatus;
  /** On the host; 0 when there is none. */
  readonly pid: number;
  readonly exit?: ExitStatus;
}

export interface ExitStatus {
  /** 0–255; 128 + n after signal n. On Windows any number of 32 bits, unsigned; 137 when it was killed. */
  readonly code: number;
  readonly at: Date;
  readonly oomKilled: boolean;
}

export interface AttachOptions extends CallOptions {
  readonly stdin: boolean;
}

export interface ExecOptions extends CallOptions {
  /** `inherit`: the streams are those of the calling process; `pipe`: they come as streams; `none`: detached. */
  readonly stdio: 'inherit' | 'pipe' | 'none';
  /** Of a further process without streams here: what its monitor runs when it has ended, with the exit code as one more argument. */
  readonly exitCommand?: readonly string[];
}

/** The main process or an exec, as seen by one attached client. Disposing detaches; it does not end the process. */
export interface Process extends AsyncDisposable {
  /** On the host; undefined where that is not known, as before the start and after the end. */
  readonly pid?: number | undefined;
  /** Null where standard input is closed or inherited. `end()` half-closes. */
  readonly stdin: Writable | null;
  /** With a terminal, everything arrives here. Null where inherited. */
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  resize(size: TerminalSize): Promise<void>;
  kill(signal: string | number): Promise<void>;
  wait(): Promise<ExitStatus>;
}

export interface RuntimeStats {
  readonly at: Date;
  /** CPU time used since the start, in nanoseconds. */
  readonly cpuNanoseconds: number;
  readonly systemCpuNanoseconds?: number;
  readonly onlineCpus: number;
  readonly memoryBytes: number;
  readonly memoryCacheBytes: number;
  readonly memoryLimit: number;
  readonly pids: number;
  readonly blockReadBytes: number;
  readonly blockWriteBytes: number;
  /** By interface name, of a network namespace that is the container's own; without loopback. */
  readonly networks: Readonly<Record<string, InterfaceStats>>;
}

export interface InterfaceStats {
  readonly receivedBytes: number;
  readonly receivedPackets: number;
  readonly receiveErrors: number;
  readonly receiveDropped: number;
  readonly sentBytes: number;
  readonly sentPackets: number;
  readonly sendErrors: number;
  readonly sendDropped: number;
}

export interface ProcessTable {
  readonly titles: readonly string[];
  readonly processes: readonly (readonly string[])[];
}
