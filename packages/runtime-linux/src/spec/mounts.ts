import { existsSync } from 'node:fs';
import type { ContainerSpec } from '@caisson/core';
import type { CgroupMode } from '../cgroup/mode.js';
import type { SharedMemory } from '../container/shared-memory.js';
import type { OciMount } from './oci.js';

export const DEFAULT_SHM = 64 * 1024 * 1024;

export interface MountHost {
  readonly cgroups: CgroupMode;
  readonly sharedMemory: SharedMemory;
  /** In a user namespace that is not the host's. */
  readonly rootless: boolean;
}

/** The file systems every container has, then the ones asked for; one that was asked for takes the place of a default at its path. */
export function mounts(spec: ContainerSpec, host: MountHost): OciMount[] {
  const asked = spec.mounts.map(({ type, source, destination, options }) => ({ destination, type, source, options }));
  const taken = new Set(asked.map(({ destination }) => destination));
  return [...defaults(spec, host).filter(({ destination }) => !taken.has(destination)), ...asked];
}

function defaults(spec: ContainerSpec, { cgroups, sharedMemory: shm, rootless }: MountHost): OciMount[] {
  const { privileged } = spec.security;
  const access = privileged ? 'rw' : 'ro';
  const hostIpc = spec.ipcNamespace === 'host';
  return [
    { destination: '/proc', type: 'proc', source: 'proc', options: ['nosuid', 'noexec', 'nodev'] },
    { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'strictatime', 'mode=755', 'size=65536k'] },
    { destination: '/dev/pts', type: 'devpts', source: 'devpts', options: ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620', 'gid=5'] },
    // sysfs shows the network namespace it was mounted in, so a container that shares the host's has the host's.
    // It can be mounted only by who owns that namespace.
    rootless && spec.networkNamespace !== undefined
      ? { destination: '/sys', type: 'bind', source: '/sys', options: ['rbind', 'nosuid', 'noexec', 'nodev', 'ro'] }
      : { destination: '/sys', type: 'sysfs', source: 'sysfs', options: ['nosuid', 'noexec', 'nodev', access] },
    ...(cgroups.controllers.size > 0 ? [{ destination: '/sys/fs/cgroup', type: 'cgroup', source: 'cgroup', options: ['nosuid', 'noexec', 'nodev', 'relatime', access] }] : []),
    hostIpc && existsSync('/dev/mqueue')
      ? { destination: '/dev/mqueue', type: 'bind', source: '/dev/mqueue', options: ['rbind', 'nosuid', 'noexec', 'nodev'] }
      : { destination: '/dev/mqueue', type: 'mqueue', source: 'mqueue', options: ['nosuid', 'noexec', 'nodev'] },
    ...sharedMemory(spec, shm),
  ];
}

/** /dev/shm: its own, one on the host that others may have too, the host's, or none. */
function sharedMemory(spec: ContainerSpec, shm: SharedMemory): OciMount[] {
  const destination = '/dev/shm';
  if (spec.sharedMemory === 'none') return [];
  const shared = spec.ipcNamespace === 'host' ? '/dev/shm' : spec.sharedMemory === 'shareable' ? shm.pathOf(spec.id) : typeof spec.sharedMemory === 'object' ? shm.pathOf(spec.sharedMemory.of) : undefined;
  return [
    shared !== undefined
      ? { destination, type: 'bind', source: shared, options: ['rbind', 'nosuid', 'noexec', 'nodev'] }
      : { destination, type: 'tmpfs', source: 'shm', options: ['nosuid', 'noexec', 'nodev', 'mode=1777', `size=${spec.shmSize ?? DEFAULT_SHM}`] },
  ];
}
