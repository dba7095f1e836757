import { existsSync, readFileSync } from 'node:fs';
import { CaissonError } from '@caisson/core';
import { command } from './command.js';
import { findProgram } from './programs.js';

export const defaultProfile = 'caisson-default';

/**
 * What a container may do besides what its capabilities and the system call filter let it: all but writing to the parts of /proc and /sys
 * that act on the host, mounting, and tracing or signalling what is not a container.
 */
export const profileText = `#include <tunables/global>

profile ${defaultProfile} flags=(attach_disconnected,mediate_deleted) {
  #include <abstractions/base>

  network,
  capability,
  file,
  umount,

  signal (receive) peer=unconfined,
  signal (receive) peer=runc,
  signal (receive) peer=crun,
  signal (send,receive) peer=${defaultProfile},
  ptrace (trace,read,tracedby,readby) peer=${defaultProfile},

  deny mount,
  deny @{PROC}/* w,
  deny @{PROC}/{[^1-9],[^1-9][^0-9],[^1-9s][^0-9y][^0-9s],[^1-9][^0-9][^0-9][^0-9/]*}/** w,
  deny @{PROC}/sys/[^k]** w,
  deny @{PROC}/sys/kernel/{?,??,[^s][^h][^m]**} w,
  deny @{PROC}/sysrq-trigger rwklx,
  deny @{PROC}/kcore rwklx,
  deny /sys/[^f]*/** wklx,
  deny /sys/f[^s]*/** wklx,
  deny /sys/fs/[^c]*/** wklx,
  deny /sys/fs/c[^g]*/** wklx,
  deny /sys/fs/cg[^r]*/** wklx,
  deny /sys/firmware/** rwklx,
  deny /sys/devices/virtual/powercap/** rwklx,
  deny /sys/kernel/security/** rwklx,
}
`;

export interface AppArmorPaths {
  /** Y where the kernel has it switched on. */
  readonly enabled: string;
  /** A profile a line, with its mode in parentheses. */
  readonly profiles: string;
}

const kernel: AppArmorPaths = { enabled: '/sys/module/apparmor/parameters/enabled', profiles: '/sys/kernel/security/apparmor/profiles' };

/**
 * The profile that a container gets: the one asked for, which must be loaded, or the default one, which is loaded when it is first needed. Undefined on
 * hosts without AppArmor, for `unconfined`, for privileged containers that ask for none, and where nobody can load the default.
 * @throws CaissonError `not-found`, `unsupported`
 */
export async function apparmorProfile({ apparmor: asked, privileged }: { readonly apparmor?: string; readonly privileged: boolean }, paths: AppArmorPaths = kernel): Promise<string | undefined> {
  if (asked === 'unconfined' || (asked === undefined && privileged)) return undefined;
  const wanted = asked ?? defaultProfile;
  if (!isOn(paths)) {
    if (asked === undefined) return undefined;
    throw new CaissonError('unsupported', `this host has no AppArmor for the profile ${JSON.stringify(asked.slice(0, 80))}`, { hint: 'leave --security-opt apparmor out' });
  }
  if (isLoaded(wanted, paths)) return wanted;
  if (asked !== undefined && asked !== defaultProfile) throw new CaissonError('not-found', `the AppArmor profile ${JSON.stringify(asked.slice(0, 80))} is not loaded`, { hint: 'apparmor_parser -r FILE loads a profile' });
  return (await load()) ? defaultProfile : undefined;
}

function isOn({ enabled, profiles }: AppArmorPaths): boolean {
  return existsSync(enabled) && readFileSync(enabled, 'latin1').startsWith('Y') && existsSync(profiles);
}

function isLoaded(name: string, { profiles }: AppArmorPaths): boolean {
  return readFileSync(profiles, 'utf8').split('\n').some((line) => line.slice(0, line.lastIndexOf(' (')) === name);
}

/** -K: without the cache of compiled profiles, which is the distribution's. */
async function load(): Promise<boolean> {
  const parser = findProgram('apparmor_parser');
  return parser !== undefined && (await command(parser, ['-Kr'], { input: profileText })).code === 0;
}
