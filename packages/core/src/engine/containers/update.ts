import { CaissonError } from '../../errors.js';
import type { Resources } from '../../runtime/runtime.js';
import type { EventLog } from '../events.js';
import type { RuntimeParts } from '../parts.js';
import { checkCpus } from './check-cpus.js';
import { eventAttributes, type Lifecycle } from './lifecycle.js';
import type { RestartPolicy } from './options.js';

/** Limits that are fixed when a container is created: changing them needs another one. */
const fixed = ['ulimits', 'oomScoreAdj', 'oomKillDisable', 'memorySwappiness', 'blkioWeightDevices', 'blkioReadBps', 'blkioWriteBps', 'blkioReadIops', 'blkioWriteIops'] as const;

/**
 * Changes limits, live where the container runs, and its restart policy; first the kernel's, so that a refused limit is not stored.
 * @throws CaissonError `invalid-argument`, `runtime-failed`
 */
export async function updateContainer(host: RuntimeParts, lifecycle: Lifecycle, events: EventLog, id: string, changes: { readonly resources?: Resources; readonly restart?: RestartPolicy }): Promise<readonly string[]> {
  const given = Object.fromEntries(Object.entries(changes.resources ?? {}).filter(([, value]) => value !== undefined)) as Resources;
  const wrong = fixed.find((key) => given[key] !== undefined);
  if (wrong !== undefined) throw new CaissonError('invalid-argument', `${wrong} cannot be changed once a container is there`);
  checkCpus(given);
  return lifecycle.locked(id, async (found) => {
    const record = await lifecycle.settle(host, found);
    const { options } = record;
    if (record.status === 'removing') throw new CaissonError('in-use', `container ${record.name} is being removed`);
    if (options.autoRemove && changes.restart && changes.restart.name !== 'no') throw new CaissonError('invalid-argument', `container ${record.name} is removed when it exits (--rm): it cannot have a restart policy`);
    const resources: Resources = { ...options.resources, ...given };
    const changed = Object.keys(given).length > 0;
    if (changed && (record.status === 'running' || record.status === 'paused')) await host.runtime.update(id, resources, given);
    lifecycle.table.changeOptions(id, { ...(changed ? { resources } : {}), ...(changes.restart ? { restart: changes.restart } : {}) });
    events.record('container', 'update', id, eventAttributes(record));
    return given.memory !== undefined && resources.memorySwap !== undefined && resources.memorySwap !== -1 && given.memorySwap === undefined
      ? [`the limit of memory and swap together stays ${resources.memorySwap} bytes`]
      : [];
  });
}
