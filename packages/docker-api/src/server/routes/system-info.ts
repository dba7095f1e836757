import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { EngineInfo } from '@caisson/core';
import type { SystemInfo, SystemVersion } from '../../types/system.js';
import { apiVersion, minApiVersion } from '../../types/version.js';
import type { Call } from '../http/call.js';
import { newest } from '../http/version.js';

export async function systemVersion(call: Pick<Call, 'engine'>): Promise<SystemVersion> {
  const info = await call.engine.system.info();
  const { platform, kernel, version, runtime } = info;
  const components = Object.entries(runtime?.components ?? {}).map(([name, of]) => ({ Name: name, Version: of, Details: {} }));
  const details = { ApiVersion: apiVersion, MinAPIVersion: minApiVersion, Arch: platform.architecture, Os: platform.os, KernelVersion: kernel, NodeVersion: process.version, BuildTime: '', GitCommit: '', GoVersion: `node ${process.version}`, Experimental: 'false' };
  return {
    Platform: { Name: 'Caisson' },
    Components: [{ Name: 'Engine', Version: version, Details: details }, ...components],
    Version: version,
    ApiVersion: apiVersion,
    MinAPIVersion: minApiVersion,
    GitCommit: '',
    GoVersion: `node ${process.version}`,
    Os: platform.os,
    Arch: platform.architecture,
    KernelVersion: kernel,
    BuildTime: '',
  };
}

/** `GET /info` */
export async function systemInfo(call: Pick<Call, 'engine' | 'daemon' | 'minor'>): Promise<SystemInfo> {
  const { engine, daemon } = call;
  const [info, containers, images] = await Promise.all([engine.system.info(), engine.containers.list({ all: true }), engine.images.list()]);
  const count = (status: string) => containers.filter((one) => one.status === status).length;
  const { settings } = daemon;
  const limits = info.runtime?.limits.available ?? false;
  const v2 = hasCgroup2();
  // What comes first is how containers are kept apart by default.
  const rootless = info.runtime?.isolation[0] === 'user-namespace';
  return {
    ID: machineId(info.dataRoot),
    Containers: containers.length,
    ContainersRunning: count('running'),
    ContainersPaused: count('paused'),
    ContainersStopped: containers.length - count('running') - count('paused'),
    Images: images.length,
    Driver: 'overlay2',
    DriverStatus: [
      ['Supports d_type', 'true'],
      ['Native Overlay Diff', 'true'],
      ['userxattr', String(rootless)],
    ],
    Plugins: { Volume: ['local'], Network: ['bridge', 'host', 'ipvlan', 'macvlan', 'null'], Authorization: null, Log: ['fluentd', 'gelf', 'json-file', 'local', 'none', 'syslog'] },
    MemoryLimit: limits,
    SwapLimit: limits,
    CpuCfsPeriod: limits,
    CpuCfsQuota: limits,
    CPUShares: limits,
    CPUSet: limits,
    PidsLimit: limits,
    OomKillDisable: limits && !v2,
    IPv4Forwarding: readFlag('/proc/sys/net/ipv4/ip_forward'),
    BridgeNfIptables: readFlag('/proc/sys/net/bridge/bridge-nf-call-iptables'),
    BridgeNfIp6tables: readFlag('/proc/sys/net/bridge/bridge-nf-call-ip6tables'),
    Debug: settings.debug,
    NFd: openFiles(),
    NGoroutines: 0,
    SystemTime: new Date().toISOString(),
    LoggingDriver: settings.logDriver,
    CgroupDriver: 'cgroupfs',
    CgroupVersion: v2 ? '2' : '1',
    NEventsListener: daemon.listeners,
    KernelVersion: info.kernel,
    OperatingSystem: info.operatingSystem,
    OSVersion: '',
    OSType: info.platform.os,
    Architecture: machineArchitecture(info),
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: registries(settings.registryMirrors, settings.insecureRegistries),
    NCPU: info.cpus,
    MemTotal: info.memoryBytes,
    GenericResources: null,
    DockerRootDir: info.dataRoot,
    HttpProxy: process.env.HTTP_PROXY ?? process.env.http_proxy ?? '',
    HttpsProxy: process.env.HTTPS_PROXY ?? process.env.https_proxy ?? '',
    NoProxy: process.env.NO_PROXY ?? process.env.no_proxy ?? '',
    Name: hostname(),
    Labels: settings.labels,
    ExperimentalBuild: false,
    // Clients compare it with docker's own versions; what it speaks is what counts there.
    ServerVersion: info.version,
    Runtimes: Object.fromEntries(['runc', 'crun'].filter((name) => info.runtime?.components[name] !== undefined).map((name) => [name, { path: name }])),
    DefaultRuntime: info.runtime?.components.runc === undefined && info.runtime?.components.crun !== undefined ? 'crun' : 'runc',
    Swarm: { NodeID: '', NodeAddr: '', LocalNodeState: 'inactive', ControlAvailable: false, Error: '', RemoteManagers: null },
    LiveRestoreEnabled: true,
    Isolation: '',
    InitBinary: info.runtime?.components.init ?? 'docker-init',
    ContainerdCommit: { ID: '' },
    RuncCommit: { ID: info.runtime?.components.runc ?? '' },
    InitCommit: { ID: '' },
    SecurityOptions: ['name=seccomp,profile=builtin', ...(rootless ? ['name=rootless'] : []), ...(v2 ? ['name=cgroupns'] : [])],
    ...(settings.addressPools.length > 0 ? { DefaultAddressPools: settings.addressPools.map(({ base, size }) => ({ Base: base, Size: size })) } : {}),
    Warnings: [...info.warnings, ...(info.problem === undefined ? [] : [`containers cannot be run here: ${info.problem}`])],
    ...(call.minor < newest ? {} : { CDISpecDirs: [] }),
  };
}

function registries(mirrors: readonly string[], insecure: readonly string[]): SystemInfo['RegistryConfig'] {
  const hub = { Name: 'docker.io', Mirrors: mirrors, Secure: true, Official: true };
  const others = insecure.filter((host) => !host.includes('/')).map((host) => [host, { Name: host, Mirrors: [], Secure: false, Official: false }] as const);
  return { InsecureRegistryCIDRs: ['::1/128', '127.0.0.0/8', ...insecure.filter((host) => host.includes('/'))], IndexConfigs: { 'docker.io': hub, ...Object.fromEntries(others) }, Mirrors: mirrors.length > 0 ? mirrors : null };
}

function machineId(root: string): string {
  const [a = '', b = '', c = '', d = '', e = ''] = /^(.{8})(.{4})(.{4})(.{4})(.{12})/.exec(hash('sha256', `${hostname()} ${root}`, 'hex'))?.slice(1) ?? [];
  return [a, b, c, d, e].join('-');
}

/** uname's name of the machine, as docker has it here. */
function machineArchitecture({ platform }: EngineInfo): string {
  const names: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'aarch64', arm: 'armv7l', '386': 'i686' };
  return names[platform.architecture] ?? platform.architecture;
}

function readFlag(path: string): boolean {
  try {
    return readFileSync(path, 'utf8').trim() === '1';
  } catch {
    return false;
  }
}

function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}

function hasCgroup2(): boolean {
  try {
    return readFileSync('/sys/fs/cgroup/cgroup.controllers', 'utf8') !== '';
  } catch {
    return false;
  }
}
