import { readFileSync } from 'node:fs';
import { cgroupMode, type CgroupMode } from '../cgroup/mode.js';
import type { LinuxRuntimeOptions } from '../options.js';
import { findNameServer } from '../network/name-server.js';
import { connectorNames } from '../rootless/connector.js';
import { rootlessFindings } from '../rootless/findings.js';
import { rootlessUser } from '../rootless/state.js';
import { initProgram } from './init-program.js';
import { findProgram, installHint } from './programs.js';
import { programVersion } from './versions.js';

/** One finding about the host. `missing` stops containers; `limited` takes something away, which `why` names. */
export interface Finding {
  readonly name: string;
  readonly status: 'found' | 'limited' | 'missing';
  /** A version, a mode, or the reason. */
  readonly detail: string;
  /** What to do about it. */
  readonly hint?: string;
}

interface Wanted {
  readonly program: string;
  readonly without: string;
  readonly needed: boolean;
}

const wanted: readonly Wanted[] = [
  { program: 'conmon', without: 'it monitors every container', needed: true },
  { program: 'unshare', without: 'it gives each root file system a mount namespace', needed: true },
  { program: 'mount', without: 'it mounts root file systems', needed: true },
  { program: 'nft', without: 'networks and published ports are not possible', needed: false },
  { program: 'newuidmap', without: 'ordinary users cannot run containers', needed: false },
  { program: 'igzip', without: 'layers are compressed by zlib when they are pushed, which takes some four times as long', needed: false },
];

/** What this host has of all that containers need, and what brings the rest. */
export async function doctor(options: LinuxRuntimeOptions = {}): Promise<readonly Finding[]> {
  const programs = await Promise.all(wanted.map((entry) => program(entry, options)));
  return [await ociRuntime(options), ...programs, ...(await connectors(options)), await names(), init(options), overlay(), ...cgroups(cgroupMode()), ...user()];
}

async function ociRuntime(options: LinuxRuntimeOptions): Promise<Finding> {
  for (const name of options.ociRuntime === undefined ? ['runc', 'crun'] : [options.ociRuntime]) {
    const path = findProgram(name);
    if (path !== undefined) return { name: 'OCI runtime', status: 'found', detail: `${name} ${(await programVersion(path)) ?? ''}`.trim() };
  }
  return { name: 'OCI runtime', status: 'missing', detail: 'neither runc nor crun is installed', hint: installHint(['runc']) };
}

async function program({ program: name, without, needed }: Wanted, options: LinuxRuntimeOptions): Promise<Finding> {
  const named = name === 'conmon' ? options.conmon : undefined;
  const path = findProgram(named ?? name);
  if (path !== undefined) return { name, status: 'found', detail: (await programVersion(path)) ?? path };
  return { name, status: needed ? 'missing' : 'limited', detail: `not installed: ${without}`, hint: installHint([name]) };
}

/** One of these is enough. */
async function connectors(options: LinuxRuntimeOptions): Promise<Finding[]> {
  const without = 'containers of ordinary users have no network of their own';
  const found = connectorNames.filter((name) => findProgram(name) !== undefined);
  if (found.length === 0) return [{ name: 'slirp4netns', status: 'limited', detail: `not installed, nor is pasta: ${without}`, hint: `${installHint(['slirp4netns'])}, or ${installHint(['pasta'])}` }];
  return Promise.all(found.map((name) => program({ program: name, without, needed: false }, options)));
}

function init(options: LinuxRuntimeOptions): Finding {
  try {
    return { name: 'init', status: 'found', detail: initProgram(options.init) };
  } catch {
    return { name: 'init', status: 'limited', detail: 'no static init: --init is not possible', hint: installHint(['tini']) };
  }
}

function overlay(): Finding {
  const known = /\boverlay$/m.test(readFileSync('/proc/filesystems', 'utf8'));
  // The kernel loads it as a module at the first mount, so its absence here is not yet a fault.
  return known ? { name: 'overlayfs', status: 'found', detail: 'in the kernel' } : { name: 'overlayfs', status: 'limited', detail: 'not loaded yet', hint: 'modprobe overlay' };
}

/** Findings about the cgroups of a host. */
export function cgroups(mode: CgroupMode): Finding[] {
  const kind = { unified: 'version 2', hybrid: 'hybrid: version 1 controllers, version 2 beside them', legacy: 'version 1', none: 'none mounted' }[mode.kind];
  const controllers = [...mode.controllers.keys()].filter((name) => !name.startsWith('name='));
  const lacking = ['cpu', 'memory', 'pids', 'cpuset', mode.kind === 'unified' ? 'io' : 'blkio'].filter((name) => !mode.controllers.has(name));
  return [
    { name: 'cgroups', status: mode.kind === 'none' ? 'limited' : 'found', detail: kind, ...(mode.kind === 'none' ? { hint: 'mount -t cgroup2 none /sys/fs/cgroup' } : {}) },
    lacking.length === 0
      ? { name: 'cgroup controllers', status: 'found', detail: controllers.join(' ') }
      : { name: 'cgroup controllers', status: 'limited', detail: `no limits for ${lacking.join(', ')}; found are ${controllers.join(' ') || 'none'}` },
  ];
}

async function names(): Promise<Finding> {
  const path = findNameServer();
  if (path !== undefined) return { name: 'aardvark-dns', status: 'found', detail: (await programVersion(path)) ?? path };
  return { name: 'aardvark-dns', status: 'limited', detail: 'not installed: containers do not find each other by name', hint: installHint(['aardvark-dns']) };
}

function user(): Finding[] {
  const uid = rootlessUser() ?? process.getuid?.() ?? 0;
  return uid === 0 ? [] : rootlessFindings(uid);
}
