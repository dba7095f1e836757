import { watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { StateDatabase } from '../state/database.js';

export type EventType = 'container' | 'image' | 'volume' | 'network' | 'builder';

/** What happened to an object, as docker's events have it: `container` `start`, `image` `pull`, … */
export interface EngineEvent {
  /** Rises by one with each event of a store. */
  readonly sequence: number;
  readonly at: Date;
  readonly type: EventType;
  readonly action: string;
  /** ID or name of the object. */
  readonly actor: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface EventQuery {
  readonly since?: Date;
  readonly until?: Date;
  readonly types?: readonly EventType[];
}

/** The oldest events beyond this count are dropped. */
const kept = 10_000;

type EventRow = { seq: number; at: number; type: string; action: string; actor: string; attributes: string };

/** Events of all processes that share a state database: a table, and the file system's word that the database has changed. */
export class EventLog {
  readonly #db: StateDatabase;

  constructor(db: StateDatabase) {
    this.#db = db;
  }

  record(type: EventType, action: string, actor: string, attributes: Readonly<Record<string, string>> = {}): void {
    this.#db.run('INSERT INTO events (at, type, action, actor, attributes) VALUES (?, ?, ?, ?, ?)', Date.now(), type, action, actor, JSON.stringify(attributes));
    this.#db.run('DELETE FROM events WHERE seq <= (SELECT max(seq) FROM events) - ?', kept);
  }

  /** As docker does: an image is also told by a name, which is its ID where no other was spoken of. */
  recordImage(action: string, actor: string, name = actor): void {
    this.record('image', action, actor, { name });
  }

  /** What docker tells at the end of a prune, whatever it has removed: `reclaimed` in bytes, and no object. */
  recordPrune(type: EventType, bytes = 0): void {
    this.record(type, 'prune', '', { reclaimed: String(bytes) });
  }

  /** The latest of one kind about one object; undefined where there is none any more. */
  last(type: EventType, action: string, actor: string): EngineEvent | undefined {
    const row = this.#db.get<EventRow>('SELECT * FROM events WHERE type = ? AND action = ? AND actor = ? ORDER BY seq DESC LIMIT 1', type, action, actor);
    return row && event(row);
  }

  /** The first about one object with this attribute; undefined where there is none any more. */
  firstWith(type: EventType, actor: string, attribute: string, value: string): EngineEvent | undefined {
    const row = this.#db.get<EventRow>('SELECT * FROM events WHERE type = ? AND actor = ? AND json_extract(attributes, ?) = ? ORDER BY seq LIMIT 1', type, actor, `$.${attribute}`, value);
    return row && event(row);
  }

  /** The sequence number of the latest; whoever looks at an object and then follows it misses nothing from here on. */
  position(): number {
    return this.#db.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM events')?.seq ?? 0;
  }

  /** Those since `since` or after number `after` (both absent: none), then each new one until `until` or the signal. */
  async *follow({ since, after, until, types, signal }: EventQuery & { after?: number; signal?: AbortSignal } = {}): AsyncGenerator<EngineEvent, void> {
    let last = after ?? (since ? 0 : this.position());
    const changes = watchDatabase(this.#db.path, until, signal);
    try {
      for (;;) {
        const rows = this.#db.all<EventRow>('SELECT * FROM events WHERE seq > ? AND at >= ? ORDER BY seq', last, since?.getTime() ?? 0);
        for (const row of rows) {
          last = row.seq;
          if (until && row.at > until.getTime()) return;
          if (!types || types.includes(row.type as EventType)) yield event(row);
        }
        if (signal?.aborted || (until && Date.now() > until.getTime()) || !(await changes.next())) return;
      }
    } finally {
      changes.close();
    }
  }
}

function event(row: EventRow): EngineEvent {
  return { sequence: row.seq, at: new Date(row.at), type: row.type as EventType, action: row.action, actor: row.actor, attributes: JSON.parse(row.attributes) as Record<string, string> };
}

/** Resolves with true on each write to the database by whichever process, with false at the end. */
function watchDatabase(path: string, until: Date | undefined, signal: AbortSignal | undefined): { next(): Promise<boolean>; close(): void } {
  let changed = false;
  let ended = false;
  let wake: (() => void) | undefined;
  const end = () => {
    ended = true;
    wake?.();
  };
  const watcher = watch(dirname(path), (_, file) => {
    if (file === `${basename(path)}-wal`) {
      changed = true;
      wake?.();
    }
  });
  watcher.on('error', end);
  signal?.addEventListener('abort', end);
  const timer = until && setTimeout(end, Math.max(0, Math.min(until.getTime() - Date.now(), 2 ** 31 - 1)));
  return {
    async next() {
      if (!changed && !ended) await new Promise<void>((resolve) => (wake = resolve));
      changed = false;
      return !ended;
    },
    close() {
      watcher.close();
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
    },
  };
}
