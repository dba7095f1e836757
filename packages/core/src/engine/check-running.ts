import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isHeld } from '../state/file-lock.js';
import type { Fault } from './fault.js';
import type { Lifecycle } from './containers/lifecycle.js';
import type { RuntimeParts } from './parts.js';

/** What killed commands have left in the run root: containers that were made ready and never started, and locks that nobody holds. */
export async function checkRunning(host: RuntimeParts, lifecycle: Lifecycle, runRoot: string, { repair = false }: { repair?: boolean }): Promise<Fault[]> {
  const faults: Fault[] = [];
  const name = (id: string) => lifecycle.table.byId(id)?.name ?? id.slice(0, 12);
  const mended = (what: string) => (repair ? { repaired: what } : {});
  const abandoned = repair ? await lifecycle.clearAbandoned(host) : await lifecycle.abandoned(host);
  for (const id of abandoned) faults.push({ problem: `a command that was killed has left the container ${name(id)} half-started`, ...mended('it was taken down') });
  const requests = lifecycle.attendance.requests();
  for (const [id, names] of requests) {
    if (lifecycle.table.byId(id)) continue;
    if (repair) lifecycle.attendance.forget(names);
    faults.push({ problem: `attendance is asked for ${id.slice(0, 12)}, which is no container`, ...mended('the request was removed') });
  }
  const locks = join(runRoot, 'locks');
  for (const file of list(locks)) {
    // Locks of what is still there are taken over by the next who needs them.
    if (!/^[0-9a-f]{64}$/.test(file) || lifecycle.table.byId(file) || isHeld(join(locks, file))) continue;
    if (repair) rmSync(join(locks, file), { force: true });
    faults.push({ problem: `the lock ${file.slice(0, 12)} is of no container, and its holder is dead`, ...mended('it was removed') });
  }
  return faults;
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // nothing has run yet
  }
}
