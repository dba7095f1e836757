import type { ExitStatus, RuntimeState } from '../../runtime/runtime.js';
import type { StateDatabase } from '../../state/database.js';
import type { ContainerRecord, ContainerTable } from './record.js';

/** As the record is about to be: another process is at it. */
export function asExited(record: ContainerRecord, state: RuntimeState | undefined): ContainerRecord {
  const exit = state?.exit ?? exitOf(record);
  return { ...record, status: 'exited', state: { ...record.state, pid: 0, exitCode: exit?.code ?? 255, oomKilled: exit?.oomKilled ?? false } };
}

/** The exit of its last run, where somebody has noted it already. */
export function exitOf({ state }: ContainerRecord): ExitStatus | undefined {
  const at = Date.parse(state.finishedAt ?? '');
  return at >= Date.parse(state.startedAt ?? '') ? { code: state.exitCode, at: new Date(at), oomKilled: state.oomKilled } : undefined;
}

/** When it ended. A file's time, which tells of the exit, is some milliseconds behind the clock: what ended at once seems to have done so before it began. */
export const endOf = (exit: ExitStatus, { startedAt }: ContainerRecord['state']): Date => new Date(Math.max(exit.at.getTime(), Date.parse(startedAt ?? '') || 0));

/** Milliseconds until the next start by docker's back-off (100 ms, doubling up to a minute); undefined where there is to be none. */
export function restartDelay({ options, state }: Pick<ContainerRecord, 'options' | 'state'>): number | undefined {
  const { restart } = options;
  if (!restart || restart.name === 'no' || state.stopRequested) return undefined;
  if (restart.name === 'on-failure' && (state.exitCode === 0 || (restart.maximumRetries && state.restarts >= restart.maximumRetries))) return undefined;
  const ran = Date.parse(state.finishedAt ?? '') - Date.parse(state.startedAt ?? '');
  return ran > 10_000 ? 100 : Math.min(100 * 2 ** Math.min(state.restarts, 20), 60_000);
}

/** Writes down when a container that has ended is to be started again, if so: in one step, for a `stop` may come in between. */
export function nextStart(db: StateDatabase, table: ContainerTable, id: string): { at: string; restarts: number } | undefined {
  return db.transaction(() => {
    const record = table.byId(id);
    const delay = record && restartDelay(record);
    const at = delay === undefined ? undefined : (record?.state.restartAt ?? new Date(Date.now() + delay).toISOString());
    table.change(id, { restartAt: at, ...(at === undefined ? { unfinished: false } : {}) });
    return record && at !== undefined ? { at, restarts: record.state.restarts + 1 } : undefined;
  });
}
