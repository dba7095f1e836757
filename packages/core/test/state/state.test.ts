import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { StateDatabase, isTaken } from '../../src/state/database.js';
import { lockFile, tryLock } from '../../src/state/file-lock.js';
import { protectedByLeases, takeLease } from '../../src/state/leases.js';
import { isAlive, selfIdentity } from '../../src/state/process-identity.js';
import { sha256 } from '../../src/model/digest.js';

const folder = mkdtempSync(join(tmpdir(), 'caisson-state-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const fresh = () => join(folder, String(count++), 'state.db');

describe('StateDatabase', () => {
  it('undoes a transaction that throws', () => {
    using db = new StateDatabase(fresh());
    expect(() =>
      db.transaction(() => {
        db.run("INSERT INTO volumes VALUES ('a', 1, 'local', '{}')");
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(db.all('SELECT * FROM volumes')).toEqual([]);
  });

  it('says when a key is taken', () => {
    using db = new StateDatabase(fresh());
    const insert = () => db.run("INSERT INTO volumes VALUES ('a', 1, 'local', '{}')");
    insert();
    let caught: unknown;
    try {
      insert();
    } catch (error) {
      caught = error;
    }
    expect(isTaken(caught)).toBe(true);
  });

  it('is shared by several openers', () => {
    const path = fresh();
    using one = new StateDatabase(path);
    using two = new StateDatabase(path);
    one.run("INSERT INTO volumes VALUES ('a', 1, 'local', '{}')");
    expect(two.all('SELECT name FROM volumes')).toEqual([{ name: 'a' }]);
  });

  it('refuses a database of a newer version', () => {
    const path = fresh();
    {
      using db = new StateDatabase(path);
      db.run('PRAGMA user_version = 9999');
    }
    expect(() => new StateDatabase(path)).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });

  it('says that a file is no database', () => {
    const path = fresh();
    new StateDatabase(path).close();
    writeFileSync(path, 'x'.repeat(8192));
    rmSync(`${path}-wal`, { force: true });
    expect(() => new StateDatabase(path)).toThrow(expect.objectContaining({ code: 'corrupt' }));
  });
});

describe('locks', () => {
  it('are held by one at a time', async () => {
    const path = join(folder, 'lock-a');
    const first = await lockFile(path);
    expect(tryLock(path)).toBeUndefined();
    let got = false;
    const waiting = lockFile(path).then((lock) => {
      got = true;
      lock[Symbol.dispose]();
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(got).toBe(false);
    first[Symbol.dispose]();
    await waiting;
    expect(existsSync(path)).toBe(false);
  });

  it('of the dead are taken over', async () => {
    const path = join(folder, 'lock-b');
    const { pid = 0 } = spawnSync('true');
    writeFileSync(path, JSON.stringify({ ...selfIdentity(), pid, started: 1 }));
    using lock = tryLock(path);
    expect(lock).toBeDefined();
  });

  it('end a wait that is cancelled', async () => {
    const path = join(folder, 'lock-c');
    using _held = await lockFile(path);
    const stop = new AbortController();
    const waiting = lockFile(path, { signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('leases', () => {
  it('protect what they hold and what came after them', () => {
    using db = new StateDatabase(fresh());
    const before = Date.now();
    const lease = takeLease(db);
    lease.hold(sha256('a'));
    expect(protectedByLeases(db).since).toBeGreaterThanOrEqual(before);
    expect([...protectedByLeases(db).digests]).toEqual([sha256('a')]);
    lease[Symbol.dispose]();
    expect(protectedByLeases(db)).toEqual({ since: Number.POSITIVE_INFINITY, digests: new Set() });
  });

  it('of dead processes end', () => {
    using db = new StateDatabase(fresh());
    db.run('INSERT INTO leases VALUES (?, ?, ?)', 'x', JSON.stringify({ ...selfIdentity(), started: 1 }), 1);
    expect(protectedByLeases(db).since).toBe(Number.POSITIVE_INFINITY);
  });
});

it('a process knows itself, and not one of another boot', () => {
  expect(isAlive(selfIdentity())).toBe(true);
  expect(isAlive({ ...selfIdentity(), boot: 'other' })).toBe(false);
});
