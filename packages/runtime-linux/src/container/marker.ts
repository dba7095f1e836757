import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode, type Mount } from '@caisson/core';
import { optionValue } from '../snapshot/overlay-mount.js';

/** Programs look for this empty file to find out that they are in a container. What a container has in its place, or has taken away, stays so. */
export function markContainer(rootfs: readonly Mount[]): void {
  const upper = rootfs.map((mount) => optionValue(mount, 'upperdir')).find((path) => path !== undefined);
  if (upper === undefined) return;
  try {
    writeFileSync(join(upper, '.dockerenv'), '', { flag: 'wx', mode: 0o755 });
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}
