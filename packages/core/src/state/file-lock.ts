import { linkSync, mkdirSync, readFileSync, rmSync, statSync, unlinkSync, watch, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { CaissonError, systemCode } from '../errors.js';
import { isAlive, selfIdentity, type ProcessIdentity } from './process-identity.js';

/**
 * Mutual exclusion between processes by a file that names its holder; a dead holder's lock is taken over. Waiting is by the
 * file system's notifications, with a slow look now and then for holders that died without one.
 */
export async function lockFile(path: string, options: { signal?: AbortSignal } = {}): Promise<Disposable> {
  for (;;) {
    const lock = tryLock(path);
    if (lock) return lock;
    await removal(path, options.signal);
    if (options.signal?.aborted) throw new CaissonError('cancelled', 'cancelled while waiting for another process', { cause: options.signal.reason });
  }
}

let serial = 0;

/** The lock, or undefined while a live process (or this one) holds it. */
export function tryLock(path: string): Disposable | undefined {
  mkdirSync(dirname(path), { recursive: true });
  // A link to a file that is written already: the lock is never seen without its holder's name.
  const own = `${path}.${process.pid}.${serial++}`;
  writeFileSync(own, JSON.stringify(selfIdentity()), { mode: 0o600 });
  try {
    for (let tries = 0; tries < 3; tries++) {
      try {
        linkSync(own, path);
        return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw error;
      }
      const holder = readHolder(path);
      if (holder === 'unknown') continue;
      if (holder && isAlive(holder)) return undefined;
      breakLock(path, holder);
    }
    return undefined;
  } finally {
    rmSync(own, { force: true });
  }
}

/** Whether a live process has the lock. */
export function isHeld(path: string): boolean {
  const holder = readHolder(path);
  return holder !== undefined && holder !== 'unknown' && isAlive(holder);
}

function readHolder(path: string): ProcessIdentity | undefined | 'unknown' {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch (error) {
    return systemCode(error) === 'ENOENT' ? 'unknown' : undefined;
  }
}

/** Only one of several that find a dead holder may remove its file, or the second would remove the first's new lock. */
function breakLock(path: string, dead: ProcessIdentity | undefined): void {
  const breaker = `${path}.break`;
  try {
    mkdirSync(breaker);
  } catch {
    // Its maker may itself have died in these few lines.
    if (Date.now() - (statSync(breaker, { throwIfNoEntry: false })?.mtimeMs ?? Infinity) > 10_000) rmSync(breaker, { recursive: true, force: true });
    return;
  }
  try {
    const now = readHolder(path);
    if (now !== 'unknown' && JSON.stringify(now) === JSON.stringify(dead)) unlinkSync(path);
  } finally {
    rmSync(breaker, { recursive: true, force: true });
  }
}

function removal(path: string, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      watcher.close();
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, 1000);
    const watcher = watch(dirname(path), (_, file) => {
      if (file === null || file === basename(path)) done();
    });
    watcher.on('error', done);
    signal?.addEventListener('abort', done);
  });
}
