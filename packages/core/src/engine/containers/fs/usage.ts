import { isCaissonError } from '../../../errors.js';
import type { Snapshotter } from '../../../runtime/snapshotter.js';
import type { Containers, PruneOptions } from '../../engine.js';
import type { EngineParts } from '../../parts.js';
import { isPruned } from '../../prune-filter.js';
import { isRunning } from './is-running.js';

/** What a container has written over its image, and both together. */
export async function containerSize(snapshotter: Snapshotter, id: string): Promise<{ written: number; total: number }> {
  const written = (await snapshotter.usage(id)).bytes;
  let total = written;
  for (let at = (await snapshotter.stat(id))?.parent; at !== undefined; at = (await snapshotter.stat(at))?.parent) total += (await snapshotter.usage(at)).bytes;
  return { written, total };
}

/** Removes containers that do not run; one that is started or removed meanwhile is passed over. */
export async function pruneContainers(parts: EngineParts, containers: Pick<Containers, 'list' | 'remove'>, options: PruneOptions): Promise<{ containers: string[]; bytes: number }> {
  const removed: string[] = [];
  let bytes = 0;
  for (const record of await containers.list({ all: true })) {
    if (isRunning(record) || !isPruned(options, record)) continue;
    const { snapshotter } = await parts.runtime();
    try {
      const { bytes: own } = await snapshotter.usage(record.id);
      await containers.remove(record.id);
      bytes += own;
      removed.push(record.id);
    } catch (error) {
      if (!isCaissonError(error, 'in-use', 'not-found')) throw error;
    }
  }
  return { containers: removed, bytes };
}
