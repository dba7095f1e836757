import { existsSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { CaissonError, parsePlatform, type ContainerOptions, type Device, type MountOptions, type PortOptions, type Resources, type RestartPolicy } from '@caisson/core';
import type { Command } from 'commander';
import { parseSize } from '../output/units.js';
import { collect } from './collect.js';

/** What commander makes of the options that `run` and `create` share. */
export interface ContainerFlags {
  readonly addHost?: string[];
  readonly annotation?: string[];
  readonly capAdd?: string[];
  readonly capDrop?: string[];
  readonly cgroupParent?: string;
  readonly cpus?: string;
  readonly cpuShares?: string;
  readonly cpusetCpus?: string;
  readonly cpusetMems?: string;
  readonly device?: string[];
  readonly dns?: string[];
  readonly dnsOption?: string[];
  readonly dnsSearch?: string[];
  readonly domainname?: string;
  readonly entrypoint?: string;
  readonly env?: string[];
  readonly envFile?: string[];
  readonly expose?: string[];
  readonly groupAdd?: string[];
  readonly hostname?: string;
  readonly init?: boolean;
  readonly interactive?: boolean;
  readonly ip?: string;
  readonly ipc?: string;
  readonly label?: string[];
  readonly labelFile?: string[];
  readonly logDriver?: string;
  readonly memory?: string;
  readonly memoryReservation?: string;
  readonly memorySwap?: string;
  readonly mount?: string[];
  readonly name?: string;
  readonly network?: string;
  readonly networkAlias?: string[];
  readonly oomScoreAdj?: string;
  readonly pid?: string;
  readonly pidsLimit?: string;
  readonly platform?: string;
  readonly privileged?: boolean;
  readonly publish?: string[];
  readonly publishAll?: boolean;
  readonly pull?: string;
  readonly readOnly?: boolean;
  readonly restart?: string;
  readonly rm?: boolean;
  readonly runtime?: string;
  readonly securityOpt?: string[];
  readonly shmSize?: string;
  readonly stopSignal?: string;
  readonly stopTimeout?: string;
  readonly sysctl?: string[];
  readonly tmpfs?: string[];
  readonly tty?: boolean;
  readonly ulimit?: string[];
  readonly user?: string;
  readonly uts?: string;
  readonly volume?: string[];
  readonly workdir?: string;
}

export function addContainerFlags(command: Command): Command {
  return command
    .passThroughOptions()
    .option('-i, --interactive', 'keep standard input open')
    .option('-t, --tty', 'give the container a terminal')
    .option('--rm', 'remove the container when it exits')
    .option('--name <name>', 'name of the container')
    .option('-e, --env <name=value>', 'set an environment variable; NAME alone passes on your own', collect)
    .option('--env-file <file>', 'read environment variables from a file', collect)
    .option('-p, --publish <[ip:][host:]port[/proto]>', 'publish a port, or a range of them, on the host', collect)
    .option('-P, --publish-all', 'publish every exposed port on a free port of the host')
    .option('--expose <port>', 'expose a port', collect)
    .option('-v, --volume <source:target[:ro]>', 'mount a folder of the host, or a volume', collect)
    .option('--mount <type=…,src=…,dst=…>', 'mount a folder, a volume or a tmpfs', collect)
    .option('--tmpfs <target[:options]>', 'mount a tmpfs', collect)
    .option('-w, --workdir <dir>', 'working directory in the container')
    .option('-u, --user <user[:group]>', 'user, by name or number')
    .option('--group-add <group>', 'add a group to the process', collect)
    .option('--entrypoint <program>', "replace the image's entrypoint; empty clears it")
    .option('--network <name>', 'bridge, none, host, container:NAME or a network (default: bridge)')
    .option('--network-alias <name>', 'another name on the network', collect)
    .option('--ip <address>', 'address on the network')
    .option('--dns <address>', 'name server', collect)
    .option('--dns-search <domain>', 'search domain', collect)
    .option('--dns-option <option>', 'resolver option', collect)
    .option('--add-host <name:address>', 'add a line to /etc/hosts', collect)
    .option('-h, --hostname <name>', 'host name in the container')
    .option('--domainname <name>', 'domain name in the container')
    .option('-l, --label <name=value>', 'label the container', collect)
    .option('--label-file <file>', 'read labels from a file', collect)
    .option('--annotation <name=value>', 'add an annotation for the OCI runtime', collect)
    .option('-m, --memory <size>', 'limit memory')
    .option('--memory-reservation <size>', 'soft limit of memory')
    .option('--memory-swap <size>', 'limit memory and swap together, -1 for unlimited swap')
    .option('--cpus <number>', 'limit processors')
    .option('--cpu-shares <number>', 'relative weight')
    .option('--cpuset-cpus <list>', 'processors to run on')
    .option('--cpuset-mems <list>', 'memory nodes to use')
    .option('--pids-limit <number>', 'limit processes, -1 for none')
    .option('--oom-score-adj <number>', 'preference when memory runs out')
    .option('--ulimit <name=soft[:hard]>', 'resource limit', collect)
    .option('--shm-size <size>', 'size of /dev/shm')
    .option('--sysctl <name=value>', 'kernel parameter', collect)
    .option('--device <host[:container[:rwm]]>', 'let the container use a device', collect)
    .option('--read-only', 'mount the root file system read-only')
    .option('--privileged', 'give the container every right of the host')
    .option('--cap-add <capability>', 'add a capability', collect)
    .option('--cap-drop <capability>', 'drop a capability', collect)
    .option('--security-opt <option>', 'security option', collect)
    .option('--pid <mode>', 'PID namespace: host')
    .option('--ipc <mode>', 'IPC namespace: host')
    .option('--uts <mode>', 'UTS namespace: host')
    .option('--cgroup-parent <path>', 'cgroup to create the container in')
    .option('--init', 'run an init that passes on signals and reaps processes')
    .option('--restart <policy>', 'no, always, unless-stopped or on-failure[:N]')
    .option('--stop-signal <signal>', 'signal that stops the container')
    .option('--stop-timeout <seconds>', 'how long to wait for it')
    .option('--log-driver <driver>', 'json-file or none')
    .option('--platform <os/arch>', 'platform of the image')
    .option('--pull <when>', 'missing, always or never')
    .option('--runtime <runtime>', 'runc, crun or a path')
    .helpOption('--help', 'print this help');
}

export function containerOptions(image: string, command: readonly string[], flags: ContainerFlags): ContainerOptions {
  const labels = pairs([...readLines(flags.labelFile), ...(flags.label ?? [])]);
  const restart = flags.restart === undefined ? undefined : parseRestart(flags.restart);
  if (restart && restart.name !== 'no' && flags.rm) throw new CaissonError('invalid-argument', '--restart and --rm exclude each other');
  return definedOnly<ContainerOptions>({
    image,
    name: flags.name,
    platform: flags.platform === undefined ? undefined : parsePlatform(flags.platform),
    pull: flags.pull === undefined ? undefined : oneOf('--pull', flags.pull, ['missing', 'always', 'never'] as const),
    command,
    entrypoint: flags.entrypoint === undefined ? undefined : flags.entrypoint === '' ? [] : [flags.entrypoint],
    env: [...readLines(flags.envFile), ...(flags.env ?? [])].flatMap(passOn),
    workingDir: flags.workdir,
    user: flags.user,
    groups: flags.groupAdd,
    hostname: flags.hostname,
    domainname: flags.domainname,
    labels,
    annotations: flags.annotation && pairs(flags.annotation),
    terminal: flags.tty,
    stdin: flags.interactive,
    stdinOnce: undefined,
    mounts: [...(flags.volume ?? []).map(parseVolume), ...(flags.mount ?? []).map(parseMount), ...(flags.tmpfs ?? []).map(parseTmpfs)],
    ports: (flags.publish ?? []).flatMap(parsePublish),
    publishAll: flags.publishAll,
    expose: flags.expose?.map((port) => (port.includes('/') ? port : `${port}/tcp`)),
    network: flags.network,
    networkAliases: flags.networkAlias,
    ip: flags.ip,
    dns: flags.dns,
    dnsSearch: flags.dnsSearch,
    dnsOptions: flags.dnsOption,
    extraHosts: flags.addHost?.map((entry) => entry.replace(/^([^:=]+)=/, '$1:')),
    resources: resources(flags),
    privileged: flags.privileged,
    capAdd: flags.capAdd,
    capDrop: flags.capDrop,
    securityOptions: flags.securityOpt,
    devices: flags.device?.map(parseDevice),
    readonlyRootfs: flags.readOnly,
    sysctls: flags.sysctl && pairs(flags.sysctl),
    shmSize: flags.shmSize === undefined ? undefined : parseSize(flags.shmSize, '--shm-size'),
    init: flags.init,
    autoRemove: flags.rm,
    restart,
    stopSignal: flags.stopSignal,
    stopTimeout: flags.stopTimeout === undefined ? undefined : number('--stop-timeout', flags.stopTimeout),
    ociRuntime: flags.runtime,
    pidMode: flags.pid,
    ipcMode: flags.ipc,
    utsMode: flags.uts,
    cgroupParent: flags.cgroupParent,
    healthcheck: undefined,
    logDriver: flags.logDriver === undefined ? undefined : oneOf('--log-driver', flags.logDriver, ['json-file', 'none'] as const),
  });
}

type Undefinable<T> = { [K in keyof Required<T>]: T[K] | undefined };

/** An option that was not given is absent, not undefined. */
function definedOnly<T extends object>(options: Undefinable<T>): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}

function invalid(flag: string, value: string, hint: string): never {
  throw new CaissonError('invalid-argument', `${flag}: ${JSON.stringify(value.slice(0, 200))} is not valid`, { hint });
}

function oneOf<T extends string>(flag: string, value: string, known: readonly T[]): T {
  return known.find((one) => one === value) ?? invalid(flag, value, `use one of ${known.join(', ')}`);
}

function number(flag: string, value: string): number {
  const result = Number(value);
  return value.trim() === '' || !Number.isFinite(result) ? invalid(flag, value, 'give a number') : result;
}

function readLines(files: readonly string[] | undefined): string[] {
  return (files ?? []).flatMap((file) => {
    if (!existsSync(file)) throw new CaissonError('not-found', `${file} does not exist`);
    return readFileSync(file, 'utf8').split(/\r?\n/).filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#'));
  });
}

/** NAME alone: the caller's own value, and nothing when there is none. */
function passOn(entry: string): string[] {
  if (entry.includes('=')) return [entry];
  const own = process.env[entry];
  return own === undefined ? [] : [`${entry}=${own}`];
}

export function pairs(entries: readonly string[]): Record<string, string> {
  return Object.fromEntries(entries.map((entry) => (entry.includes('=') ? [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)] : [entry, ''])));
}

/** `[IP:][HOST:]PORT[/PROTOCOL]`; HOST and PORT may be ranges of the same length. */
export function parsePublish(text: string): PortOptions[] {
  const hint = 'write HOST:CONTAINER, such as 8080:80 or 127.0.0.1:8080:80/tcp';
  const [, ports = '', protocol = 'tcp'] = /^(.*?)(?:\/(tcp|udp|sctp))?$/i.exec(text) ?? [];
  const [, address6, rest = ''] = /^(?:\[([^\]]*)\]:)?(.*)$/.exec(ports) ?? [];
  const parts = rest.split(':');
  const container = parts.pop() ?? '';
  const host = parts.pop() ?? '';
  const hostIp = address6 ?? parts.pop() ?? '';
  if (parts.length > 0 || (hostIp !== '' && !isIP(hostIp))) invalid('--publish', text, hint);
  const inside = portRange(container) ?? invalid('--publish', text, hint);
  const outside = host === '' ? undefined : (portRange(host) ?? invalid('--publish', text, hint));
  if (outside && outside.length !== inside.length) invalid('--publish', text, 'both ranges must have the same length');
  return inside.map((containerPort, place) => ({ protocol: protocol.toLowerCase() as PortOptions['protocol'], hostIp, hostPort: outside?.[place] ?? 0, containerPort }));
}

function portRange(text: string): number[] | undefined {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (!(from > 0 && to >= from && to <= 65535)) return undefined;
  return Array.from({ length: to - from + 1 }, (_, place) => from + place);
}

/** `TARGET`, `VOLUME:TARGET[:options]` or `/FOLDER:TARGET[:options]`. A folder that is missing is made, as docker does for -v. */
export function parseVolume(text: string): MountOptions {
  const parts = text.split(':');
  const [source = '', target, options = ''] = parts.length === 1 ? ['', parts[0]] : parts;
  if (!target || parts.length > 3) invalid('--volume', text, 'write SOURCE:TARGET or SOURCE:TARGET:ro');
  const flags = options.split(',').filter(Boolean);
  const known = ['ro', 'rw', 'z', 'Z', 'nocopy', 'private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];
  for (const flag of flags) if (!known.includes(flag)) invalid('--volume', text, `${flag} is none of ${known.join(', ')}`);
  const readOnly = flags.includes('ro');
  const propagation = flags.find((flag) => /private|shared|slave/.test(flag));
  if (/^[./~]/.test(source)) return { type: 'bind', source: resolve(source.replace(/^~(?=\/|$)/, process.env.HOME ?? '~')), target, readOnly, createSource: true, ...(propagation ? { propagation } : {}) };
  return { type: 'volume', target, readOnly, ...(source ? { source } : {}), ...(flags.includes('nocopy') ? { noCopy: true } : {}) };
}

export function parseMount(text: string): MountOptions {
  const fields = pairs(text.split(','));
  const { type = 'volume' } = fields;
  const target = fields.target ?? fields.dst ?? fields.destination ?? invalid('--mount', text, 'name the target: dst=/path');
  const source = fields.source ?? fields.src;
  const readOnly = ['readonly', 'ro'].some((key) => fields[key] === '' || fields[key] === 'true' || fields[key] === '1');
  const known = ['type', 'target', 'dst', 'destination', 'source', 'src', 'readonly', 'ro', 'bind-propagation', 'volume-nocopy', 'tmpfs-size', 'tmpfs-mode'];
  const unknown = Object.keys(fields).find((key) => !known.includes(key));
  if (unknown !== undefined) invalid('--mount', text, `${unknown} is none of ${known.join(', ')}`);
  const propagation = fields['bind-propagation'];
  if (type === 'bind') return { type, source: resolve(source ?? invalid('--mount', text, 'name the source: src=/path')), target, readOnly, ...(propagation ? { propagation } : {}) };
  if (type === 'volume') return { type, target, readOnly, ...(source ? { source } : {}), ...('volume-nocopy' in fields ? { noCopy: true } : {}) };
  if (type !== 'tmpfs') return invalid('--mount', text, 'type is one of bind, volume, tmpfs');
  return { type, target, ...(fields['tmpfs-size'] ? { size: parseSize(fields['tmpfs-size'], '--mount') } : {}), ...(fields['tmpfs-mode'] ? { mode: Number.parseInt(fields['tmpfs-mode'], 8) } : {}) };
}

function parseTmpfs(text: string): MountOptions {
  const [target = '', options = ''] = text.split(/:(.*)/s);
  return { type: 'tmpfs', target, options: options.split(',').filter(Boolean) };
}

function parseDevice(text: string): Device {
  const [hostPath = '', second, third] = text.split(':');
  const onlyPermissions = second !== undefined && third === undefined && /^[rwm]+$/.test(second);
  const permissions = onlyPermissions ? second : (third ?? 'rwm');
  if (!hostPath.startsWith('/') || !/^[rwm]+$/.test(permissions)) invalid('--device', text, 'write /dev/HOST[:/dev/CONTAINER[:rwm]]');
  return { hostPath, containerPath: onlyPermissions || second === undefined ? hostPath : second, permissions };
}

function parseRestart(text: string): RestartPolicy {
  const [name = '', count] = text.split(':');
  const known = oneOf('--restart', name, ['no', 'always', 'unless-stopped', 'on-failure']);
  if (count === undefined) return { name: known };
  if (known !== 'on-failure' || !/^\d+$/.test(count)) invalid('--restart', text, 'only on-failure takes a count: on-failure:3');
  return { name: known, maximumRetries: Number(count) };
}

function resources(flags: ContainerFlags): Resources {
  const size = (flag: string, value: string | undefined) => (value === undefined ? undefined : value === '-1' ? -1 : parseSize(value, flag));
  const count = (flag: string, value: string | undefined) => (value === undefined ? undefined : number(flag, value));
  const memory = size('--memory', flags.memory);
  if (memory !== undefined && memory < 6 * 1024 * 1024) invalid('--memory', flags.memory ?? '', 'at least 6m are needed');
  const cpus = count('--cpus', flags.cpus);
  if (cpus !== undefined && cpus <= 0) invalid('--cpus', flags.cpus ?? '', 'give a number above 0');
  const pids = count('--pids-limit', flags.pidsLimit);
  return definedOnly<Resources>({
    memory,
    memoryReservation: size('--memory-reservation', flags.memoryReservation),
    memorySwap: size('--memory-swap', flags.memorySwap),
    cpuShares: count('--cpu-shares', flags.cpuShares),
    cpuPeriod: cpus === undefined ? undefined : 100_000,
    cpuQuota: cpus === undefined ? undefined : Math.round(cpus * 100_000),
    cpusetCpus: flags.cpusetCpus,
    cpusetMems: flags.cpusetMems,
    pids: pids !== undefined && pids <= 0 ? undefined : pids,
    oomScoreAdj: count('--oom-score-adj', flags.oomScoreAdj),
    ulimits: flags.ulimit?.map(parseUlimit),
    blkioWeight: undefined,
    oomKillDisable: undefined,
  });
}

function parseUlimit(text: string) {
  const [, name = '', soft = '', hard = soft] = /^([a-z]+)=(-?\d+)(?::(-?\d+))?$/.exec(text) ?? invalid('--ulimit', text, 'write NAME=SOFT[:HARD], such as nofile=1024:2048');
  return { name, soft: Number(soft), hard: Number(hard) };
}
