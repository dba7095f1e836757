import type { StateDatabase } from './database.js';

/** Registries forget unfinished uploads after some days at most (docker's after one week). */
const keptMs = 7 * 86_400_000;

/** Unfinished uploads, in the state database: a process that is killed leaves them to the next. A location may carry a signature; the database is its owner's alone. */
export interface KeptUploads {
  get(key: string): Promise<string | undefined>;
  set(key: string, location: string): Promise<void>;
  delete(key: string): Promise<void>;
}

export function uploadSessions(db: StateDatabase): KeptUploads {
  return {
    get: async (key) => db.get<{ location: string }>('SELECT location FROM upload_sessions WHERE key = ? AND updated > ?', key, Date.now() - keptMs)?.location,
    set: async (key, location) => {
      db.transaction(() => {
        db.run('DELETE FROM upload_sessions WHERE updated <= ?', Date.now() - keptMs);
        db.run('INSERT INTO upload_sessions (key, location, updated) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE SET location = ?2, updated = ?3', key, location, Date.now());
      });
    },
    delete: async (key) => {
      db.run('DELETE FROM upload_sessions WHERE key = ?', key);
    },
  };
}
