import { rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemCode } from '@caisson/core';
import { cgroupFolder } from './stats.js';
import type { CgroupMode } from './mode.js';

const TRIES = 200;
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
  for (let tries = 0; tries < TRIES; tries++) {
    try {
      rmdirSync(folder);
      return;
    } catch (error) {
      if (systemCode(error) !== 'EBUSY') return;
    }
    await sleep(STEP_MS);
  }
}
