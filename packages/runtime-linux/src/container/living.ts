import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { RuntimeState } from '@caisson/core';
import { cgroupMode, type CgroupMode } from '../cgroup/mode.js';
import { isFrozen } from '../cgroup/stats.js';
import { alive, ContainerFolder, type ContainerRecord } from './folder.js';

/**
 * What a container is at whose first process lives; undefined for all others, of which LinuxRuntime tells. A list of containers needs no more
 * than this, and this loads next to nothing.
 *
 * @throws CaissonError `invalid-argument` for an ID that is no file name
 */
export function livingState(runRoot: string, id: string): RuntimeState | undefined {
  const record = ContainerFolder.of(runRoot, id).read();
  return record?.delegated === undefined && record !== undefined ? stateOfLiving(runRoot, record, cgroupMode) : undefined;
}

/** The same of a record that has been read. What lives has not ended: nothing else has to be looked at, which many a list of containers gains by. */
export function stateOfLiving(runRoot: string, record: ContainerRecord, cgroups: () => CgroupMode): RuntimeState | undefined {
  if (!alive(record.pid)) return undefined;
  const { pid } = record.pid;
  if (isWaiting(ociRoot(runRoot, record.ociRuntime), record.id)) return { status: 'created', pid };
  return { status: isFrozen(cgroups(), record.cgroupPath) ? 'paused' : 'running', pid };
}

/** Where an OCI runtime, by its path, keeps its state. */
export function ociRoot(runRoot: string, program: string): string {
  return join(runRoot, basename(program));
}

/** True when a created container still waits to be started. */
export function isWaiting(root: string, id: string): boolean {
  return existsSync(join(root, id, 'exec.fifo'));
}
