import { execFile, type ExecFileOptions } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CaissonError, lockFile, sha256, tryLock } from '@caisson/core';
import type { Session } from '../session.js';
import type { CacheMount } from './exec-spec.js';

/** Not made before there is a first one: a cached build has none, and Node's child processes take their time to load. */
const run = (program: string, args: readonly string[], options: ExecFileOptions = {}) => promisify(execFile)(program, args, { ...options, encoding: 'utf8' });

/** Where RUN's cache mounts are kept: a folder for each id. */
export function cacheMountFolder(cacheFolder: string): string {
  return join(cacheFolder, 'mounts');
}

/** The mount's ID is kept beside its files, since the folder's name is a hash. */
function noteMountId(folder: string, id: string): void {
  writeFileSync(join(folder, 'id'), id);
}

export interface OpenCache extends Disposable {
  readonly path: string;
}

/**
 * The folder of a cache mount, made where it is new. `locked` waits for its other user; `private` takes a folder of its own while
 * another uses the first; `shared` takes part. `seed` gives the folder that a new cache is copied from.
 */
export async function openCache(session: Session, mount: CacheMount, seed: () => Promise<string>): Promise<OpenCache> {
  const { host, signal } = session;
  const folder = join(cacheMountFolder(host.cacheFolder), sha256(mount.id).slice('sha256:'.length, 'sha256:'.length + 32));
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  noteMountId(folder, mount.id);
  let number = 0;
  let lock: Disposable | undefined;
  if (mount.sharing === 'locked') lock = await lockFile(join(folder, 'lock'), { signal });
  if (mount.sharing === 'private') while (!(lock = tryLock(join(folder, `lock-${number}`)))) number++;
  try {
    const path = join(folder, String(number));
    using _making = await lockFile(join(folder, 'making'), { signal });
    if (!statSync(path, { throwIfNoEntry: false })) await make(path, mount, seed);
    // Says when it was last used, for pruning.
    const now = new Date();
    utimesSync(folder, now, now);
    return { path, [Symbol.dispose]: () => lock?.[Symbol.dispose]() };
  } catch (error) {
    lock?.[Symbol.dispose]();
    throw error;
  }
}

/** Made aside and renamed: a killed process leaves no half-filled cache. */
async function make(path: string, mount: CacheMount, seed: () => Promise<string>): Promise<void> {
  const aside = `${path}.new`;
  rmSync(aside, { recursive: true, force: true });
  mkdirSync(aside, { mode: mount.mode });
  if (mount.seed) {
    const from = await seed();
    try {
      await run('cp', ['-a', '--', `${from}/.`, aside]);
    } catch (cause) {
      throw new CaissonError('not-found', `the cache ${JSON.stringify(mount.id)} cannot begin with ${mount.seed.source}`, { cause });
    }
  }
  chownSync(aside, mount.uid, mount.gid);
  if (!mount.seed) chmodSync(aside, mount.mode);
  renameSync(aside, path);
}
