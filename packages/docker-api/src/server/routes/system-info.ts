import { hash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { hostname } from 'node:os';
import type { EngineInfo } from '@caisson/core';
import type { SystemInfo, SystemVersion } from '../../types/system.js';
import { apiVersion, minApiVersion } from '../../types/version.js';
import type { Call } from '../http/call.js';
import { newest } from '../http/version.js';
import { hostFacts } from './host-facts.js';

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
  return {
    ID: machineId(info.dataRoot),
    Containers: containers.length,
    ContainersRunning: count('running'),
    ContainersPaused: count('paused'),
    ContainersStopped: containers.length - count('running') - count('paused'),
    Images: images.length,
    ...hostFacts(info),
    Debug: settings.debug,
    NFd: openFiles(),
    NGoroutines: 0,
    SystemTime: new Date().toISOString(),
    LoggingDriver: settings.logDriver,
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
    Swarm: { NodeID: '', NodeAddr: '', LocalNodeState: 'inactive', ControlAvailable: false, Error: '', RemoteManagers: null },
    LiveRestoreEnabled: true,
    ContainerdCommit: { ID: '' },
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

function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0;
  }
}
