import { randomUUID } from 'node:crypto';
import { isAlive, isCaissonError, redact, selfIdentity, type BuildRecord, type BuildRequest, type BuildResult, type ProcessIdentity, type StateDatabase } from '@caisson/core';

const kept = 200;

interface Noted extends Pick<BuildRecord, 'steps' | 'imageId' | 'error'> {
  readonly owner: ProcessIdentity;
}

/** Notes the beginning of a build; the returned function notes its end. */
export function recordBuild(db: StateDatabase, request: BuildRequest): (steps: BuildResult['steps'], outcome: { result: Pick<BuildResult, 'imageId'> } | { error: unknown }) => void {
  const id = randomUUID();
  const owner = selfIdentity();
  const begun: Noted = { owner, steps: { total: 0, cached: 0 } };
  db.transaction(() => {
    db.run('INSERT INTO builds (id, started, name, status, record) VALUES (?, ?, ?, ?, ?)', id, Date.now(), nameOf(request), 'running', JSON.stringify(begun));
    db.run('DELETE FROM builds WHERE id IN (SELECT id FROM builds ORDER BY started DESC LIMIT -1 OFFSET ?)', kept);
  });
  return (steps, outcome) => {
    const failed = 'error' in outcome;
    const status = !failed ? 'completed' : isCaissonError(outcome.error, 'cancelled') ? 'cancelled' : 'failed';
    const record: Noted = { owner, steps, ...(failed ? { error: messageOf(outcome.error) } : { imageId: outcome.result.imageId }) };
    db.run('UPDATE builds SET finished = ?, status = ?, record = ? WHERE id = ?', Date.now(), status, JSON.stringify(record), id);
  };
}

type Row = { id: string; started: number; finished: number | null; name: string; status: string; record: string };

/** Builds of the past, the latest first. One whose process is gone without a word has died. */
export function buildHistory(db: StateDatabase): BuildRecord[] {
  return db.all<Row>('SELECT id, started, finished, name, status, record FROM builds ORDER BY started DESC').map((row) => {
    const { owner, ...rest } = JSON.parse(row.record) as Noted;
    const status = row.status === 'running' && !isAlive(owner) ? 'died' : (row.status as BuildRecord['status']);
    return { id: row.id, name: row.name, status, started: new Date(row.started), ...(row.finished === null ? {} : { finished: new Date(row.finished) }), ...rest };
  });
}

function nameOf({ context, target, tags }: BuildRequest): string {
  const [tag] = tags ?? [];
  if (tag) return `${tag.domain}/${tag.path}:${tag.tag ?? 'latest'}`;
  const where = context.kind === 'folder' ? context.path : context.kind === 'url' ? redact(context.url) : context.kind;
  return target === undefined ? where : `${where} (${target})`;
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 1000);
}
