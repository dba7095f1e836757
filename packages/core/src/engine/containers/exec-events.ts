import { isCaissonError } from '../../errors.js';
import type { Process } from '../../runtime/runtime.js';
import type { EventLog } from '../events.js';
import { eventAttributes } from './lifecycle.js';
import type { ContainerRecord } from './record.js';

/** 128 and the number of SIGKILL: what docker gives for one that went with its container. */
const WENT_WITH_IT = 137;

/** The first two of docker's three events about a further process, before it begins: a short one would be over when it is told of. */
export function tellOfExec(events: EventLog, record: ContainerRecord, execId: string, args: readonly string[]): void {
  const attributes = { ...eventAttributes(record), execID: execId };
  for (const action of ['exec_create', 'exec_start']) events.record('container', `${action}: ${args.join(' ').slice(0, 1000)}`, record.id, attributes);
}

/** The third, by whoever sees the end. */
export function execEnded(events: EventLog, container: string, execId: string, code: number): void {
  const begun = events.firstWith('container', container, 'execID', execId);
  if (begun) events.record('container', 'exec_die', container, { ...begun.attributes, exitCode: String(code) });
}

export function tellOfExecsEnd(events: EventLog, container: string, execId: string, process: Process): void {
  const over = process.wait().then(({ code }) => code, (error: unknown) => {
    if (isCaissonError(error, 'not-found')) return WENT_WITH_IT;
    throw error;
  });
  over.then((code) => execEnded(events, container, execId, code)).catch(() => {}); // nobody waits for it any more, or the engine was closed before
}
