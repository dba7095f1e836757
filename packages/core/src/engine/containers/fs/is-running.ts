import type { ContainerRecord } from '../record.js';

/** Whether it has processes, frozen ones too. */
export function isRunning({ status }: Pick<ContainerRecord, 'status'>): boolean {
  return status === 'running' || status === 'paused';
}
