import { readFileSync } from 'node:fs';
import { CaissonError, fromSystemError, parsePlatform, type ContainerOptions, type Device, type RestartPolicy } from '@caisson/core';
import { Option, type Command } from 'commander';
import { parseSize } from '../output/units.js';
import { collect } from './collect.js';
import { parseNetworks } from './networks.js';
import { passOn, readEntries } from './env-file.js';
import { addHealthFlags, health, type HealthFlags } from './health.js';
import { addFixedLimitFlags, addLimitFlags, limits, type FixedLimitFlags, type LimitFlags } from './limits.js';
import { parseMount, parseTmpfs, parseVolume } from './mounts.js';
import { parseExpose, parsePublish } from './publish.js';
import { addRefusedFlags } from './refused.js';
import { count, definedOnly, invalid, oneOf, pairs } from './values.js';

/** What commander makes of the options that `run` and `create` share. */
export interface ContainerFlags extends LimitFlags, FixedLimitFlags, HealthFlags {
  readonly addHost?: string[];
  readonly annotation?: string[];
  readonly capAdd?: string[];
  readonly capDrop?: string[];
  readonly cgroupns?: string;
  readonly cgroupParent?: string;
  readonly device?: string[];
  readonly deviceCgroupRule?: string[];
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
  readonly ip6?: string;
  readonly ipc?: string;
  readonly isolation?: string;
  readonly label?: string[];
  readonly labelFile?: string[];
  readonly link?: string[];
  readonly logDriver?: string;
  readonly logOpt?: string[];
  readonly macAddress?: string;
  readonly mount?: string[];
  readonly name?: string;
  readonly network?: string[];
  readonly networkAlias?: string[];
  readonly pid?: string;
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
  readonly user?: string;
  readonly userns?: string;
  readonly uts?: string;
  readonly volume?: string[];
  readonly volumeDriver?: string;
  readonly volumesFrom?: string[];
  readonly workdir?: string;
}

/** docker's names of former times. */
interface OldNames {
  readonly net?: string[];
  readonly netAlias?: string[];
  readonly dnsOpt?: string[];
}

export function addContainerFlags(command: Command): Command {
  command
    .passThroughOptions()
    .option('-i, --interactive', 'keep standard input open')
    .option('-t, --tty', 'give the container a terminal')
    .option('--rm', 'remove the container when it exits')
    .option('--name <name>', 'name of the container')
    .option('-e, --env <name=value>', 'set an environment variable; NAME alone passes on your own', collect)
    .option('--env-file <file>', 'read environment variables from a file', collect)
    .option('-p, --publish <[ip:][host:]port[/proto]>', 'publish a port, or a range of them, on the host', collect)
    .option('-P, --publish-all', 'publish every exposed port on a free port of the host')
    .option('--expose <port>', 'expose a port, or a range of them', collect)
    .option('-v, --volume <source:target[:ro]>', 'mount a folder of the host, or a volume', collect)
    .option('--mount <type=…,src=…,dst=…>', 'mount a folder, a volume or a tmpfs', collect)
    .option('--tmpfs <target[:options]>', 'mount a tmpfs', collect)
    .option('--volumes-from <container[:ro]>', 'mount what another container mounts', collect)
    .addOption(new Option('--volume-driver <driver>', 'driver of volumes: local').hideHelp())
    .option('-w, --workdir <dir>', 'working directory in the container')
    .option('-u, --user <user[:group]>', 'user, by name or number')
    .option('--group-add <group>', 'add a group to the process', collect)
    .option('--entrypoint <program>', "replace the image's entrypoint; empty clears it")
    .option('--network <name>', 'bridge, none, host, container:NAME or a network (default: bridge); several, each as name=NAME,alias=…,ip=…', collect)
    .addOption(new Option('--net <name>').argParser(collect).hideHelp())
    .option('--network-alias <name>', 'another name on the network', collect)
    .addOption(new Option('--net-alias <name>').argParser(collect).hideHelp())
    .option('--link <container[:alias]>', 'let another container be known by a name', collect)
    .option('--ip <address>', 'address on the network')
    .option('--ip6 <address>', 'IPv6 address on the network')
    .option('--mac-address <address>', 'MAC address on the network')
    .option('--dns <address>', 'name server', collect)
    .option('--dns-search <domain>', 'search domain', collect)
    .option('--dns-option <option>', 'resolver option', collect)
    .addOption(new Option('--dns-opt <option>').argParser(collect).hideHelp())
    .option('--add-host <name:address>', 'add a line to /etc/hosts', collect)
    .option('-h, --hostname <name>', 'host name in the container')
    .option('--domainname <name>', 'domain name in the container')
    .option('-l, --label <name=value>', 'label the container', collect)
    .option('--label-file <file>', 'read labels from a file', collect)
    .option('--annotation <name=value>', 'add an annotation for the OCI runtime', collect);
  addFixedLimitFlags(addLimitFlags(command))
    .option('--shm-size <size>', 'size of /dev/shm')
    .option('--sysctl <name=value>', 'kernel parameter', collect)
    .option('--device <host[:container[:rwm]]>', 'let the container use a device, by path or as vendor.com/class=name', collect)
    .option('--device-cgroup-rule <rule>', "let the container use devices by number: 'c 42:* rwm'", collect)
    .option('--read-only', 'mount the root file system read-only')
    .option('--privileged', 'give the container every right of the host')
    .option('--cap-add <capability>', 'add a capability', collect)
    .option('--cap-drop <capability>', 'drop a capability', collect)
    .option('--security-opt <option>', 'security option', collect)
    .option('--pid <mode>', 'PID namespace: host or container:NAME')
    .option('--ipc <mode>', 'IPC namespace: private, shareable, none, host or container:NAME')
    .option('--uts <mode>', 'UTS namespace: host')
    .option('--userns <mode>', 'user namespace: host, auto, private or remap:USER')
    .option('--cgroupns <mode>', 'cgroup namespace: private or host')
    .option('--cgroup-parent <path>', 'cgroup to create the container in')
    .option('--isolation <technology>', 'default, process, or on Windows hyperv')
    .option('--init', 'run an init that passes on signals and reaps processes')
    .option('--restart <policy>', 'no, always, unless-stopped or on-failure[:N]')
    .option('--stop-signal <signal>', 'signal that stops the container')
    .option('--stop-timeout <seconds>', 'how long to wait for it');
  return addRefusedFlags(addHealthFlags(command))
    .option('--log-driver <driver>', 'json-file, local, journald, syslog, fluentd, gelf or none')
    .option('--log-opt <name=value>', 'option of the log driver, such as max-size=10m', collect)
    .option('--platform <os/arch>', 'platform of the image')
    .option('--pull <when>', 'missing, always or never')
    .option('--runtime <runtime>', 'runc, crun or a path')
    .helpOption('--help', 'print this help');
}

export function containerOptions(image: string, command: readonly string[], flags: ContainerFlags & OldNames): ContainerOptions {
  const labels = pairs([...readEntries(flags.labelFile), ...(flags.label ?? [])]);
  const restart = flags.restart === undefined ? undefined : parseRestart(flags.restart);
  if (restart && restart.name !== 'no' && flags.rm) throw new CaissonError('invalid-argument', '--restart and --rm exclude each other');
  if (flags.volumeDriver !== undefined) oneOf('--volume-driver', flags.volumeDriver, ['local']);
  return definedOnly<ContainerOptions>({
    image,
    name: flags.name,
    platform: flags.platform === undefined ? undefined : parsePlatform(flags.platform),
    pull: flags.pull === undefined ? undefined : oneOf('--pull', flags.pull, ['missing', 'always', 'never'] as const),
    command,
    entrypoint: flags.entrypoint === undefined ? undefined : flags.entrypoint === '' ? [] : [flags.entrypoint],
    env: [...readEntries(flags.envFile), ...(flags.env ?? [])].flatMap(passOn),
    workingDir: flags.workdir,
    user: flags.user,
    groups: flags.groupAdd,
    hostname: flags.hostname,
    domainname: flags.domainname,
    labels,
    annotations: flags.annotation && pairs(flags.annotation),
    terminal: flags.tty,
    terminalSize: undefined,
    stdin: flags.interactive,
    stdinOnce: undefined,
    mounts: [...(flags.volume ?? []).map(parseVolume), ...(flags.mount ?? []).map(parseMount), ...(flags.tmpfs ?? []).map(parseTmpfs)],
    volumesFrom: flags.volumesFrom,
    ports: (flags.publish ?? []).flatMap(parsePublish),
    publishAll: flags.publishAll,
    expose: flags.expose?.flatMap(parseExpose),
    ...parseNetworks(flags),
    links: flags.link,
    dns: flags.dns,
    dnsSearch: flags.dnsSearch,
    dnsOptions: flags.dnsOption ?? flags.dnsOpt,
    extraHosts: flags.addHost?.map((entry) => entry.replace(/^([^:=]+)=/, '$1:')),
    resources: limits(flags),
    privileged: flags.privileged,
    capAdd: flags.capAdd,
    capDrop: flags.capDrop,
    securityOptions: flags.securityOpt?.map(withProfile),
    devices: flags.device?.filter((text) => !isDeviceName(text)).map(parseDevice),
    namedDevices: flags.device?.filter(isDeviceName),
    deviceCgroupRules: flags.deviceCgroupRule,
    readonlyRootfs: flags.readOnly,
    sysctls: flags.sysctl && pairs(flags.sysctl),
    // docker takes 0 for its default.
    shmSize: flags.shmSize === undefined ? undefined : parseSize(flags.shmSize, '--shm-size') || undefined,
    init: flags.init,
    autoRemove: flags.rm,
    restart,
    stopSignal: flags.stopSignal,
    stopTimeout: count('--stop-timeout', flags.stopTimeout),
    healthcheck: health(flags),
    ociRuntime: flags.runtime,
    pidMode: flags.pid,
    ipcMode: flags.ipc,
    utsMode: flags.uts,
    usernsMode: flags.userns,
    cgroupMode: flags.cgroupns === undefined ? undefined : oneOf('--cgroupns', flags.cgroupns, ['host', 'private'] as const),
    cgroupParent: flags.cgroupParent,
    isolation: flags.isolation,
    logDriver: flags.logDriver,
    logOptions: flags.logOpt && pairs(flags.logOpt),
  });
}

/** A system call filter is named by its file here, and known by its text to the engine. */
function withProfile(option: string): string {
  const [, file] = /^seccomp[=:](?!unconfined$|default$|builtin$|\{)(.+)$/s.exec(option) ?? [];
  if (file === undefined) return option.replace(/^seccomp[=:]builtin$/, 'seccomp=default');
  try {
    return `seccomp=${readFileSync(file, 'utf8')}`;
  } catch (error) {
    throw fromSystemError(error, `reading the seccomp profile ${file}`);
  }
}

/** As vendors name devices (Container Device Interface). */
function isDeviceName(text: string): boolean {
  return /^[\w.-]+\/[\w.-]+=[\w.*:-]+$/.test(text);
}

function parseDevice(text: string): Device {
  const [hostPath = '', second, third] = text.split(':');
  const onlyPermissions = second !== undefined && third === undefined && /^[rwm]+$/.test(second);
  const permissions = onlyPermissions ? second : (third ?? 'rwm');
  if (!hostPath.startsWith('/') || !/^[rwm]+$/.test(permissions)) invalid('--device', text, 'write /dev/HOST[:/dev/CONTAINER[:rwm]]');
  return { hostPath, containerPath: onlyPermissions || second === undefined ? hostPath : second, permissions };
}

export function parseRestart(text: string): RestartPolicy {
  const [name = '', retries] = text.split(':');
  const known = oneOf('--restart', name, ['no', 'always', 'unless-stopped', 'on-failure']);
  if (retries === undefined) return { name: known };
  if (known !== 'on-failure' || !/^\d+$/.test(retries)) invalid('--restart', text, 'only on-failure takes a count: on-failure:3');
  return { name: known, maximumRetries: Number(retries) };
}
