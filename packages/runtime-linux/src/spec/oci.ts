import type { OciHooks } from '@caisson/core';

/** What this package writes of the OCI runtime specification's config.json (1.0.2). */
export interface OciSpec {
  ociVersion: string;
  process: OciProcess;
  root: { path: string; readonly?: boolean };
  hostname?: string;
  domainname?: string;
  mounts: OciMount[];
  annotations?: Readonly<Record<string, string>>;
  hooks?: OciHooks;
  linux: OciLinux;
}

export interface OciProcess {
  terminal?: boolean;
  consoleSize?: { height: number; width: number };
  user: OciUser;
  args: readonly string[];
  env: readonly string[];
  cwd: string;
  capabilities?: OciCapabilities;
  rlimits?: { type: string; soft: number; hard: number }[];
  noNewPrivileges?: boolean;
  apparmorProfile?: string;
  selinuxLabel?: string;
  oomScoreAdj?: number;
}

export interface OciUser {
  uid: number;
  gid: number;
  additionalGids?: readonly number[];
}

export interface OciCapabilities {
  bounding: readonly string[];
  effective: readonly string[];
  permitted: readonly string[];
}

export interface OciMount {
  destination: string;
  type?: string;
  source?: string;
  options?: readonly string[];
}

export interface OciLinux {
  namespaces: { type: string; path?: string }[];
  uidMappings?: OciIdMapping[];
  gidMappings?: OciIdMapping[];
  cgroupsPath?: string;
  resources: OciResources;
  devices?: OciDevice[];
  sysctl?: Readonly<Record<string, string>>;
  seccomp?: OciSeccomp;
  mountLabel?: string;
  maskedPaths?: readonly string[];
  readonlyPaths?: readonly string[];
  rootfsPropagation?: string;
}

export interface OciIdMapping {
  containerID: number;
  hostID: number;
  size: number;
}

export interface OciDevice {
  path: string;
  type: 'c' | 'b';
  major: number;
  minor: number;
  fileMode: number;
  uid: number;
  gid: number;
}

export interface OciDeviceRate {
  major: number;
  minor: number;
  rate: number;
}

export interface OciResources {
  devices?: { allow: boolean; type?: string; major?: number; minor?: number; access: string }[];
  memory?: { limit?: number; reservation?: number; swap?: number; swappiness?: number; disableOOMKiller?: boolean };
  cpu?: { shares?: number; quota?: number; period?: number; realtimeRuntime?: number; realtimePeriod?: number; cpus?: string; mems?: string };
  pids?: { limit: number };
  blockIO?: {
    weight?: number;
    weightDevice?: { major: number; minor: number; weight: number }[];
    throttleReadBpsDevice?: OciDeviceRate[];
    throttleWriteBpsDevice?: OciDeviceRate[];
    throttleReadIOPSDevice?: OciDeviceRate[];
    throttleWriteIOPSDevice?: OciDeviceRate[];
  };
}

export interface OciSeccomp {
  defaultAction: string;
  defaultErrnoRet?: number;
  architectures: readonly string[];
  syscalls: OciSeccompRule[];
}

export interface OciSeccompRule {
  names: readonly string[];
  action: string;
  errnoRet?: number;
  args?: { index: number; value: number; valueTwo?: number; op: string }[];
}
