import { readFileSync } from 'node:fs';
import type { EngineInfo } from '@caisson/core';
import type { SystemInfo } from '../../types/system.js';

type Facts = Pick<
  SystemInfo,
  | 'Driver' | 'DriverStatus' | 'Plugins' | 'MemoryLimit' | 'SwapLimit' | 'CpuCfsPeriod' | 'CpuCfsQuota' | 'CPUShares' | 'CPUSet' | 'PidsLimit' | 'OomKillDisable' | 'IPv4Forwarding' | 'BridgeNfIptables'
  | 'BridgeNfIp6tables' | 'CgroupDriver' | 'CgroupVersion' | 'Runtimes' | 'DefaultRuntime' | 'Isolation' | 'InitBinary' | 'RuncCommit' | 'InitCommit' | 'SecurityOptions'
>;

/** The part of `GET /info` that is another one on each operating system, in docker's words for it. */
export function hostFacts(info: EngineInfo): Facts {
  return info.platform.os === 'windows' ? windowsFacts(info) : linuxFacts(info);
}

function linuxFacts({ runtime }: EngineInfo): Facts {
  const limits = runtime?.limits.available ?? false;
  const v2 = hasCgroup2();
  // What comes first is how containers are kept apart by default.
  const rootless = runtime?.isolation[0] === 'user-namespace';
  return {
    Driver: 'overlay2',
    DriverStatus: [
      ['Supports d_type', 'true'],
      ['Native Overlay Diff', 'true'],
      ['userxattr', String(rootless)],
    ],
    Plugins: { Volume: ['local'], Network: ['bridge', 'host', 'ipvlan', 'macvlan', 'null'], Authorization: null, Log: ['fluentd', 'gelf', 'journald', 'json-file', 'local', 'none', 'syslog'] },
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
    CgroupDriver: 'cgroupfs',
    CgroupVersion: v2 ? '2' : '1',
    Runtimes: Object.fromEntries(['runc', 'crun'].filter((name) => runtime?.components[name] !== undefined).map((name) => [name, { path: name }])),
    DefaultRuntime: runtime?.components.runc === undefined && runtime?.components.crun !== undefined ? 'crun' : 'runc',
    Isolation: '',
    InitBinary: runtime?.components.init ?? 'docker-init',
    RuncCommit: { ID: runtime?.components.runc ?? '' },
    InitCommit: { ID: '' },
    SecurityOptions: ['name=seccomp,profile=builtin', ...(rootless ? ['name=rootless'] : []), ...(v2 ? ['name=cgroupns'] : [])],
  };
}

/** Windows has no cgroups: limits are given when a container is created, which `MemoryLimit` and the like do not speak of. */
function windowsFacts({ runtime }: EngineInfo): Facts {
  const name = runtime?.name ?? '';
  return {
    Driver: 'windowsfilter',
    DriverStatus: [['Windows', runtime?.components.windows ?? '']],
    Plugins: { Volume: ['local'], Network: ['l2bridge', 'nat', 'null', 'transparent'], Authorization: null, Log: ['fluentd', 'gelf', 'json-file', 'local', 'none', 'syslog'] },
    MemoryLimit: false,
    SwapLimit: false,
    CpuCfsPeriod: false,
    CpuCfsQuota: false,
    CPUShares: false,
    CPUSet: false,
    PidsLimit: false,
    OomKillDisable: false,
    IPv4Forwarding: false,
    BridgeNfIptables: false,
    BridgeNfIp6tables: false,
    CgroupDriver: '',
    CgroupVersion: '',
    Runtimes: runtime === undefined ? {} : { [name]: { path: '' } },
    DefaultRuntime: name,
    // What is the default may be missing on this host: a container that asks for nothing else is then refused.
    Isolation: runtime?.components['isolation'] ?? runtime?.isolation[0] ?? '',
    InitBinary: '',
    RuncCommit: { ID: '' },
    InitCommit: { ID: '' },
    SecurityOptions: [],
  };
}

function readFlag(path: string): boolean {
  try {
    return readFileSync(path, 'utf8').trim() === '1';
  } catch {
    return false;
  }
}

function hasCgroup2(): boolean {
  try {
    return readFileSync('/sys/fs/cgroup/cgroup.controllers', 'utf8') !== '';
  } catch {
    return false;
  }
}
