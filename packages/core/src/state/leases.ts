import { randomUUID } from 'node:crypto';
import type { Digest } from '../model/digest.js';
import type { StateDatabase } from './database.js';
import { isAlive, selfIdentity, type ProcessIdentity } from './process-identity.js';

/**
 * Keeps blobs from garbage collection while work on them goes on. A lease covers every blob that comes into the store after it began,
 * and those that were there before and are held by name. It ends with its disposal or with the process that took it.
 */
export interface Lease extends Disposable {
  readonly id: string;
  hold(...digests: Digest[]): void;
}

export function takeLease(db: StateDatabase): Lease {
  const id = randomUUID();
  db.run('INSERT INTO leases (id, owner, created) VALUES (?, ?, ?)', id, JSON.stringify(selfIdentity()), Date.now());
  return {
    id,
    hold: (...digests) =>
      db.transaction(() => {
        for (const digest of digests) db.run('INSERT OR IGNORE INTO lease_blobs (lease, digest) VALUES (?, ?)', id, digest);
      }),
    [Symbol.dispose]: () => {
      try {
        db.run('DELETE FROM leases WHERE id = ?', id);
      } catch {
        // On a full disk, say: what led here matters, and the lease ends with this process anyway.
      }
    },
  };
}

/** What live leases protect; those of dead processes are dropped on the way. Call it inside a transaction. */
export function protectedByLeases(db: StateDatabase): { since: number; digests: ReadonlySet<string> } {
  let since = Number.POSITIVE_INFINITY;
  for (const row of db.all<{ id: string; owner: string; created: number }>('SELECT id, owner, created FROM leases')) {
    if (isAlive(JSON.parse(row.owner) as ProcessIdentity)) since = Math.min(since, row.created);
    else db.run('DELETE FROM leases WHERE id = ?', row.id);
  }
  const digests = new Set(db.all<{ digest: string }>('SELECT digest FROM lease_blobs').map((row) => row.digest));
  return { since, digests };
}
