import { readdirSync, statSync } from 'node:fs';

/** Whether a process lives in the network namespace at `path`. */
export function isInhabited(path: string): boolean {
  const wanted = path === '' ? undefined : inode(path);
  return wanted !== undefined && readdirSync('/proc').some((name) => /^\d+$/.test(name) && inode(`/proc/${name}/ns/net`) === wanted);
}

/** The number that tells namespaces apart; undefined where there is none (any more). */
function inode(path: string): number | undefined {
  try {
    return statSync(path).ino;
  } catch {
    return undefined;
  }
}
