import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '@caisson/core';

/**
 * Removes a folder with all that is in it, while another process (the monitor, at its end) removes some of it as well. Node's own rmSync
 * stops at the first entry that has gone meanwhile, and says nothing. Quietly nothing where there is none.
 */
export function removeTree(path: string): void {
  for (let tries = 0; ; tries++) {
    try {
      remove(path);
      return;
    } catch (error) {
      if (systemCode(error) !== 'ENOTEMPTY' || tries >= 5) throw error; // something was made in it meanwhile
    }
  }
}

function remove(path: string): void {
  try {
    if (!lstatSync(path).isDirectory()) {
      unlinkSync(path);
      return;
    }
    for (const name of readdirSync(path)) remove(join(path, name));
    rmdirSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}
