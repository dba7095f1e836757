import { lstatSync, mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { CaissonError } from '@caisson/core';
import { readIfThere } from '../container/folder.js';
import { isWholeHost, parseIdMap } from './id-ranges.js';

/** Set in processes that run in the namespace of an ordinary user: the user's number on the host. */
export const USER_VARIABLE = 'CAISSON_ROOTLESS_UID';

/** The user that this process belongs to on the host, when it runs in that user's namespace; undefined for root. */
export function rootlessUser(): number | undefined {
  const uid = Number(process.env[USER_VARIABLE]);
  return uid > 0 && process.getuid?.() === 0 && inUserNamespace() ? uid : undefined;
}

/** In a user namespace, whoever has made it, the kernel refuses some things even to root. */
export function inUserNamespace(): boolean {
  return !isWholeHost(parseIdMap(readIfThere('/proc/self/uid_map') ?? '0 0 4294967295'));
}

/**
 * Where a user's namespace is kept track of, and by default the state of running containers: `$XDG_RUNTIME_DIR/caisson`, or a folder of
 * /tmp that nobody else can have made. @throws CaissonError `denied`
 */
export function userRunFolder(uid: number): string {
  const base = process.env.XDG_RUNTIME_DIR ?? join('/tmp', `caisson-${uid}`);
  if (process.env.XDG_RUNTIME_DIR === undefined) {
    mkdirSync(base, { recursive: true, mode: 0o700 });
    const stat = lstatSync(base);
    // Within the namespace its owner is root.
    if (!stat.isDirectory() || (stat.uid !== uid && stat.uid !== process.getuid?.()) || (stat.mode & 0o022) !== 0)
      throw new CaissonError('denied', `the folder ${base} belongs to somebody else`, { hint: 'set XDG_RUNTIME_DIR to a folder that is yours alone' });
  }
  const folder = join(base, 'caisson');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** The user's name on the host. */
export function userName(uid: number): string {
  // In the namespace, the user is root.
  const named = new RegExp(`^([^:\n]*):[^:\n]*:${uid}:`, 'm').exec(readIfThere('/etc/passwd') ?? '')?.[1];
  if (named !== undefined) return named;
  try {
    return uid === process.getuid?.() ? userInfo().username : String(uid);
  } catch {
    return String(uid);
  }
}
