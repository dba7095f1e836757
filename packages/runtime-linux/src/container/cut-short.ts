import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ContainerFolder, type ContainerRecord, identify, readIfThere } from './folder.js';

/** A creation takes some tens of milliseconds; one that takes this long is stuck. */
const PATIENCE_MS = 10_000;
const STEP_MS = 10;

/**
 * Brings the creation of a container to its end whose maker was killed in the middle of it: the monitor and the OCI runtime do not know of
 * that and go on. Returns the record with what has come of it, written down, so that it can be deleted like any other.
 */
export async function settleCutShort(folder: ContainerFolder, record: ContainerRecord): Promise<ContainerRecord> {
  const until = Date.now() + PATIENCE_MS;
  for (;;) {
    const pid = Number(readIfThere(folder.file('pid')));
    const at = workingOn(folder.path);
    if (pid > 0 || at.length === 0) {
      const process = pid > 0 ? identify(pid) : undefined;
      const monitor = identify(Number(readIfThere(folder.file('monitor.pid'))));
      const settled: ContainerRecord = { ...record, ...(process ? { pid: process } : {}), ...(monitor ? { monitor } : {}) };
      if (process) folder.write(settled);
      return settled;
    }
    if (Date.now() > until) for (const stuck of at) kill(stuck);
    await sleep(STEP_MS);
  }
}

/** Processes that have this folder on their command line: monitor, OCI runtime and what leads to it. */
function workingOn(path: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => (readIfThere(`/proc/${name}/cmdline`) ?? '').split('\0').some((argument) => argument === path || argument === `--bundle=${path}`))
    .map(Number);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has just ended
  }
}
