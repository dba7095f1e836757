import { CaissonError } from '@caisson/core';
import { ask } from '../monitor/monitor-client.js';
import type { MonitorState } from '../monitor/messages.js';
import { ContainerFolder } from './container-folder.js';

/** The running container that has this process as its main one. @throws CaissonError `not-found` */
export async function findByPid(runRoot: string, pid: number): Promise<string> {
  for (const id of ContainerFolder.ids(runRoot)) {
    const record = ContainerFolder.of(runRoot, id).read();
    const state = record && (await ask<MonitorState>(record, { op: 'state' }));
    if (state?.status === 'running' && state.pid === pid) return id;
  }
  throw new CaissonError('not-found', `no running container has the process ${pid}`);
}
