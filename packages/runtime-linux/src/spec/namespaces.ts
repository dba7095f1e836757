import type { ContainerSpec } from '@caisson/core';
import type { CgroupMode } from '../cgroup/mode.js';

/** A namespace of its own for each kind, but for those that the container joins or shares with the host. */
export function namespaces(spec: ContainerSpec, cgroups: CgroupMode): { type: string; path?: string }[] {
  const list: { type: string; path?: string }[] = [{ type: 'mount' }];
  const add = (type: string, wanted: string | undefined) => {
    if (wanted === undefined) list.push({ type });
    else if (wanted !== 'host') list.push({ type, path: wanted });
  };
  add('pid', spec.pidNamespace);
  add('network', spec.networkNamespace);
  add('ipc', spec.ipcNamespace);
  add('uts', spec.utsNamespace);
  // As docker does: with version 1, programs look for their limits at the paths that /proc/self/cgroup names.
  const cgroup = spec.cgroupNamespace ?? (cgroups.kind === 'unified' && !spec.security.privileged ? 'private' : 'host');
  add('cgroup', cgroup === 'private' ? undefined : cgroup);
  return list;
}
