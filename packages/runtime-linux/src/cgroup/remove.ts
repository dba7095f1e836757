import { rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemCode } from '@caisson/core';
import { cgroupFolder } from './stats.js';
import type { CgroupMode } from './mode.js';

/** On a busy machine a dead process may stay in its cgroups for seconds. */
const PATIENCE_MS = 10_000;
const STEP_MS = 5;

/**
 * Removes what an OCI runtime has left of a container's cgroups. A process leaves its cgroups a moment after its end was told, and a
 * runtime that looks too early gives up on them. Quietly nothing where there is none.
 */
export async function removeCgroups(mode: CgroupMode, path: string): Promise<void> {
  const folders = [...mode.controllers.keys()].map((controller) => cgroupFolder(mode, controller, path));
  if (mode.kind === 'hybrid' && mode.unified !== undefined && !path.includes(':')) folders.push(join(mode.unified, path));
  for (const folder of new Set(folders)) if (folder !== undefined) await remove(folder);
}

async function remove(folder: string): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; ) {
    try {
      rmdirSync(folder);
      return;
    } catch (error) {
      if (systemCode(error) !== 'EBUSY') return;
    }
    await sleep(STEP_MS);
  }
}
