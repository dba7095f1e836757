import { CaissonError, type ContainerSpec, type Resources } from '@caisson/core';

const resources: Readonly<Partial<Record<keyof Resources, string>>> = {
  memoryReservation: 'a memory reservation',
  memorySwap: 'a limit on swap',
  cpusetCpus: 'a set of CPUs',
  cpusetMems: 'a set of memory nodes',
  pids: 'a limit on processes',
  blkioWeight: 'a block I/O weight',
  oomKillDisable: 'an out-of-memory setting',
  oomScoreAdj: 'an out-of-memory setting',
};

/**
 * Refuses what was asked for and Windows containers do not have, rather than run without it.
 * @throws CaissonError `unsupported`
 */
export function checkSupported(spec: ContainerSpec): void {
  for (const [key, what] of Object.entries(resources)) {
    const value = spec.resources[key as keyof Resources];
    if (value !== undefined && value !== 0 && value !== false && value !== '') throw unsupported(what);
  }
  if (spec.resources.ulimits?.length) throw unsupported('ulimits');
  if (spec.readonlyRootfs) throw unsupported('a read-only root file system');
  if (spec.devices?.length) throw unsupported('--device with a path');
  if (Object.keys(spec.sysctls ?? {}).length > 0) throw unsupported('sysctls');
  if (spec.cgroupParent) throw unsupported('a parent cgroup');
  if (spec.init) throw unsupported('an init process of the engine');
  if (spec.networkNamespace === 'host') throw unsupported('the host’s network');
  for (const [what, value] of [['PID', spec.pidNamespace], ['IPC', spec.ipcNamespace], ['UTS', spec.utsNamespace], ['cgroup', spec.cgroupNamespace]] as const)
    if (value !== undefined) throw unsupported(`another ${what} namespace`);
  const { privileged, capAdd, capDrop, noNewPrivileges, seccomp, apparmor } = spec.security;
  if (privileged) throw unsupported('--privileged');
  if (capAdd.length > 0 || capDrop.length > 0) throw unsupported('capabilities');
  if (noNewPrivileges) throw unsupported('no-new-privileges');
  if (seccomp !== 'default' && seccomp !== 'unconfined') throw unsupported('a seccomp profile');
  if (apparmor !== undefined) throw unsupported('an AppArmor profile');
  if (spec.process.additionalGroups?.length) throw unsupported('additional groups');
}

function unsupported(what: string): CaissonError {
  return new CaissonError('unsupported', `Windows containers do not have ${what}`);
}
