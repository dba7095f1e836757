import { rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemCode } from '@caisson/core';
import { readIfThere } from '../container/folder.js';
import { cgroupFolder } from './stats.js';
import type { CgroupMode } from './mode.js';

/** On a busy machine a dead process may stay in its cgroups for seconds. */
const PATIENCE_MS = 10_000;
/** What is there still after this time has not ended: an OCI runtime that was killed while it made the container has left it alone. */
const GRACE_MS = 500;
const STEP_MS = 5;

/**
 * Removes what an OCI runtime has left of a container's cgroups, and ends what is left in them: the container is over. A process leaves its
 * cgroups a moment after its end was told, and a runtime that looks too early gives up on them. Quietly nothing where there is none.
 */
export async function removeCgroups(mode: CgroupMode, path: string): Promise<void> {
  const folders = [...mode.controllers.keys()].map((controller) => cgroupFolder(mode, controller, path));
  if (mode.kind === 'hybrid' && mode.unified !== undefined && !path.includes(':')) folders.push(join(mode.unified, path));
  const began = Date.now();
  for (const folder of new Set(folders)) if (folder !== undefined) await remove(folder, began);
}

async function remove(folder: string, began: number): Promise<void> {
  while (!isRemoved(folder) && Date.now() - began < PATIENCE_MS) {
    if (Date.now() - began > GRACE_MS) endAll(folder);
    await sleep(STEP_MS);
  }
}

/** Or cannot be removed, for a reason that time does not change. */
function isRemoved(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return systemCode(error) !== 'EBUSY';
  }
}

function endAll(folder: string): void {
  for (const pid of (readIfThere(join(folder, 'cgroup.procs')) ?? '').split('\n').map(Number)) {
    try {
      if (pid > 0) process.kill(pid, 'SIGKILL');
    } catch {
      // it has just ended
    }
  }
}
