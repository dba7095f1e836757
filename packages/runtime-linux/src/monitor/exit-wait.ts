import { watch } from 'node:fs';
import { basename } from 'node:path';
import { CaissonError, type ExitStatus, type ProcessIdentity } from '@caisson/core';
import { alive, type ContainerFolder, type ContainerRecord } from '../container/folder.js';
import { onProcessEnd } from '../fd-stream.js';
import { loadSyscalls } from '../syscalls.js';

/** What the exit is said to be when the monitor was killed and nobody knows: 128 + SIGKILL. */
const LOST = 137;

/**
 * Resolves with the exit: the file system tells when the monitor has written it, and the kernel tells when the monitor or
 * (the monitor being dead) the container's process ends. @throws CaissonError `not-found`; `cancelled`.
 */
export async function waitForExit(folder: ContainerFolder, signal?: AbortSignal): Promise<ExitStatus> {
  const now = exitNow(folder);
  if (now) return now;
  return new Promise((resolve, reject) => {
    const stops: (() => void)[] = [];
    let over = false;
    const finish = (act: () => void) => {
      if (over) return;
      over = true;
      for (const stop of stops) stop();
      act();
    };
    const look = () => {
      try {
        const exit = exitNow(folder);
        if (exit) finish(() => resolve(exit));
        else if (!folder.exists()) finish(() => reject(new CaissonError('not-found', `container ${folder.id} was removed`)));
        else if (!follow()) look(); // those that were alive a moment ago have died since
      } catch (error) {
        finish(() => reject(error instanceof Error ? error : new Error(String(error))));
      }
    };
    let followed: number | undefined;
    /** Watches the process whose end brings the next news; false where there is none any more. */
    const follow = (): boolean => {
      const record = folder.read();
      if (over) return true;
      if (!record) {
        // Being made or removed. Of its removal the kernel tells only when nobody stands in the folder any more, and the monitor may stand there.
        const soon = setTimeout(look, 20);
        stops.push(() => clearTimeout(soon));
        return true;
      }
      const process = holders(record).find(alive);
      if (!process) return false;
      if (process.pid === followed) return true;
      followed = process.pid;
      try {
        stops.push(onProcessEnd(loadSyscalls(), process.pid, look));
        return true;
      } catch {
        return false; // it has just ended
      }
    };
    const abort = () => finish(() => reject(new CaissonError('cancelled', 'cancelled', { cause: signal?.reason })));
    if (signal?.aborted) {
      abort();
      return;
    }
    signal?.addEventListener('abort', abort, { once: true });
    stops.push(() => signal?.removeEventListener('abort', abort));
    try {
      const watcher = watch(folder.path, (_, name) => {
        if (name === null || name === folder.id || name === 'record.json' || name === basename(folder.path)) look();
      });
      watcher.on('error', look);
      stops.push(() => watcher.close());
    } catch {
      finish(() => reject(new CaissonError('not-found', `No such container: ${folder.id}`)));
      return;
    }
    look();
  });
}

/** The exit, if it is over: from the monitor's file, or by the death of all who could write one. */
export function exitNow(folder: ContainerFolder): ExitStatus | undefined {
  const exit = folder.exit();
  if (exit) return exit;
  const record = folder.read();
  if (!record) {
    if (!folder.exists()) throw new CaissonError('not-found', `No such container: ${folder.id}`);
    return undefined;
  }
  if (holders(record).some(alive)) return undefined;
  return folder.exit() ?? { code: LOST, at: new Date(), oomKilled: false };
}

/** Those who may yet bring the exit: the monitor, or without it the container's process; before it has one, who makes it. */
function holders(record: ContainerRecord): (ProcessIdentity | undefined)[] {
  return record.pid === undefined ? [record.maker] : [record.monitor, record.pid];
}
