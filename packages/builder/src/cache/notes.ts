import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BuilderHost } from '../host.js';

const day = 24 * 3600_000;
/** What a step was made from explains a miss long after its result has gone. */
const explainedFor = 90 * day;

/**
 * Forgets what only saves work: digests and states of contexts' files, all or those not written since `before`. What explains a miss is
 * forgotten with them once it is a quarter of a year old.
 */
export function forgetNotes({ db, cacheFolder }: BuilderHost, before?: Date): void {
  const limit = before?.getTime() ?? Number.MAX_SAFE_INTEGER;
  const explained = Math.min(limit, Date.now() - explainedFor);
  for (const name of ['contexts', 'walks']) removeOlder(join(cacheFolder, name), limit);
  db.run('DELETE FROM build_inputs WHERE used < ?', explained);
  removeOlder(join(cacheFolder, 'inputs'), explained);
}

function removeOlder(folder: string, limit: number): void {
  for (const name of filesIn(folder)) {
    const path = join(folder, name);
    const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (written !== undefined && written < limit) rmSync(path, { force: true });
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // nothing has been noted yet
  }
}
