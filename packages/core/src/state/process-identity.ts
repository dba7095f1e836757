import { readFileSync } from 'node:fs';

/**
 * Names a process across processes: a pid alone is reused. On Linux the start time and the boot make it unique; elsewhere a pid has to do.
 */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot, from /proc; 0 where there is no /proc. */
  readonly started: number;
  readonly boot: string;
}

let self: ProcessIdentity | undefined;

export function selfIdentity(): ProcessIdentity {
  return (self ??= { pid: process.pid, started: startTime(process.pid) ?? 0, boot: bootId() });
}

/** True while the very process that was named lives. */
export function isAlive(identity: ProcessIdentity): boolean {
  if (identity.boot !== bootId()) return false;
  if (identity.started !== 0) return startTime(identity.pid) === identity.started;
  try {
    process.kill(identity.pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Field 22 of /proc/PID/stat (proc(5)); undefined for no such process, a zombie, or no /proc. */
export function startTime(pid: number): number | undefined {
  try {
    // In UTF-8, which Node reads at one go. The command's name, in parentheses, may hold anything: count from its end.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
    return Number(fields[19]);
  } catch {
    return undefined;
  }
}

let boot: string | undefined;

/** Changes with each boot of the machine; empty where the host does not tell. */
export function bootId(): string {
  if (boot !== undefined) return boot;
  try {
    boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    boot = '';
  }
  return boot;
}
