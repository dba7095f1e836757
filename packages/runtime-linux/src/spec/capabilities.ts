import { CaissonError } from '@caisson/core';
import type { OciCapabilities } from './oci.js';

/** What a container gets when nothing is said: docker's set. */
export const defaultCapabilities: readonly string[] = [
  'CHOWN', 'DAC_OVERRIDE', 'FSETID', 'FOWNER', 'MKNOD', 'NET_RAW', 'SETGID', 'SETUID', 'SETFCAP', 'SETPCAP', 'NET_BIND_SERVICE', 'SYS_CHROOT', 'KILL', 'AUDIT_WRITE',
].map((name) => `CAP_${name}`);

/** Every capability of Linux, by number (capabilities(7)). */
export const allCapabilities: readonly string[] = [
  'CHOWN', 'DAC_OVERRIDE', 'DAC_READ_SEARCH', 'FOWNER', 'FSETID', 'KILL', 'SETGID', 'SETUID', 'SETPCAP', 'LINUX_IMMUTABLE', 'NET_BIND_SERVICE', 'NET_BROADCAST', 'NET_ADMIN', 'NET_RAW',
  'IPC_LOCK', 'IPC_OWNER', 'SYS_MODULE', 'SYS_RAWIO', 'SYS_CHROOT', 'SYS_PTRACE', 'SYS_PACCT', 'SYS_ADMIN', 'SYS_BOOT', 'SYS_NICE', 'SYS_RESOURCE', 'SYS_TIME', 'SYS_TTY_CONFIG', 'MKNOD',
  'LEASE', 'AUDIT_WRITE', 'AUDIT_CONTROL', 'SETFCAP', 'MAC_OVERRIDE', 'MAC_ADMIN', 'SYSLOG', 'WAKE_ALARM', 'BLOCK_SUSPEND', 'AUDIT_READ', 'PERFMON', 'BPF', 'CHECKPOINT_RESTORE',
].map((name) => `CAP_${name}`);

/**
 * The capabilities of a container, sorted by number.
 * `held` is the bit set that this process has itself (CapBnd of /proc/self/status): what it lacks it cannot give, and asking for it
 * would fail, so a privileged container gets what there is. @throws CaissonError `invalid-argument` for an unknown name.
 */
export function capabilities(options: { privileged: boolean; add: readonly string[]; drop: readonly string[] }, held: bigint): string[] {
  const add = options.add.map(capabilityName);
  const drop = options.drop.map(capabilityName);
  const all = options.privileged || add.includes('ALL');
  const chosen = new Set(all ? allCapabilities.filter((_, bit) => held & (1n << BigInt(bit))) : drop.includes('ALL') ? [] : defaultCapabilities);
  for (const name of drop) chosen.delete(name);
  for (const name of add) if (name !== 'ALL') chosen.add(name);
  return allCapabilities.filter((name) => chosen.has(name));
}

/** `NET_ADMIN`, `net_admin` and `CAP_NET_ADMIN` are one. */
function capabilityName(text: string): string {
  const upper = text.toUpperCase();
  if (upper === 'ALL') return upper;
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (!allCapabilities.includes(name)) throw new CaissonError('invalid-argument', `unknown capability: ${JSON.stringify(text.slice(0, 60))}`);
  return name;
}

/**
 * The sets of a process. Root has them in effect; another user has none in effect and gets them by file capabilities or setuid
 * only, which is what the bounding set leaves possible. Nothing is inheritable or ambient.
 */
export function capabilitySets(names: readonly string[], uid: number): OciCapabilities {
  return uid === 0 ? { bounding: names, effective: names, permitted: names } : { bounding: names, effective: [], permitted: [] };
}
