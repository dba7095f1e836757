import { rmSync } from 'node:fs';
import type { EngineParts, RuntimeParts } from '../parts.js';
import type { LocalVolumes } from '../volumes/local-volumes.js';
import { containerFolder } from './create.js';
import type { ContainerTable } from './record.js';

/** Takes away what a container that has given everything back still has: its snapshot, folder and row. Returns the volumes that it used. */
export async function removeRest(parts: EngineParts, host: RuntimeParts, table: ContainerTable, id: string): Promise<readonly string[]> {
  await host.snapshotter.remove(id);
  rmSync(containerFolder(parts, id), { recursive: true, force: true });
  const used = parts.db.all<{ volume: string }>('SELECT volume FROM volume_uses WHERE container = ?', id).map((row) => row.volume);
  table.delete(id);
  return used;
}

/** Of these volumes, those that have no name of a user's and no user any more. */
export async function removeAnonymous(volumes: LocalVolumes, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const volume = (await volumes.list()).find((other) => other.name === name);
    if (volume?.anonymous && volumes.users(name).length === 0) await volumes.remove(name, { force: true });
  }
}
