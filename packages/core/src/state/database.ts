import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { CaissonError, fromSystemError, systemCode } from '../errors.js';
import { makeFolder } from '../make-folder.js';
import { migrations } from './schema.js';

export type Row = Record<string, string | number | bigint | null | Uint8Array>;

/**
 * state.db: every table that several processes share. Each call is one short, synchronous transaction of its own or a part of
 * `transaction`; a process that is killed in one leaves nothing of it. WAL lets readers go on while one writes.
 */
export class StateDatabase implements Disposable {
  readonly path: string;
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, Prepared>();
  #depth = 0;

  /** Opens the database, creating it (mode 0600) and bringing its tables up to date. @throws CaissonError */
  constructor(path: string) {
    this.path = path;
    try {
      if (!existsSync(dirname(path))) makeFolder(dirname(path), 0o711);
      // Loaded on use: it costs milliseconds that `--version` need not pay.
      const { DatabaseSync } = createRequire(import.meta.url)('node:sqlite') as typeof import('node:sqlite');
      if (isForReadingOnly(path)) this.#db = new DatabaseSync(readOnlyUrl(path), { readOnly: true });
      else {
        const mask = process.umask(0o077);
        try {
          this.#db = new DatabaseSync(path, { timeout: 30_000 });
          this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON');
        } finally {
          process.umask(mask);
        }
      }
      this.#migrate();
    } catch (error) {
      throw this.#explain(error);
    }
  }

  run(sql: string, ...values: SQLInputValue[]): number {
    return this.#try(() => {
      const { statement, places } = this.#prepare(sql);
      return Number(statement.run(...inPlaces(values, places)).changes);
    });
  }

  get<R extends Row>(sql: string, ...values: SQLInputValue[]): R | undefined {
    return this.#try(() => {
      const { statement, places } = this.#prepare(sql);
      return statement.get(...inPlaces(values, places)) as R | undefined;
    });
  }

  all<R extends Row>(sql: string, ...values: SQLInputValue[]): R[] {
    return this.#try(() => {
      const { statement, places } = this.#prepare(sql);
      return statement.all(...inPlaces(values, places)) as R[];
    });
  }

  /** Runs `body` with the write lock held; a throw undoes all of it. Nests: only the outermost commits. */
  transaction<T>(body: () => T): T {
    if (this.#depth > 0) return body();
    this.#try(() => this.#db.exec('BEGIN IMMEDIATE'));
    this.#depth++;
    try {
      const result = body();
      this.#try(() => this.#db.exec('COMMIT'));
      return result;
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    } finally {
      this.#depth--;
    }
  }

  /** Pages that hold their checks, and references that lead somewhere: a line for each fault. */
  check(): string[] {
    const integrity = this.all<{ integrity_check: string }>('PRAGMA integrity_check').map((row) => row.integrity_check);
    const dangling = this.all<{ table: string; parent: string }>('PRAGMA foreign_key_check').map((row) => `${row.table} refers to a missing row of ${row.parent}`);
    return [...integrity.filter((line) => line !== 'ok'), ...dangling];
  }

  close(): void {
    this.#statements.clear();
    if (this.#db.isOpen) this.#db.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** Node 22 takes no values for numbered parameters: they become plain ones, each with the value of its number. */
  #prepare(sql: string): Prepared {
    let prepared = this.#statements.get(sql);
    if (!prepared) {
      const places = [...sql.matchAll(/\?(\d+)/g)].map(([, number]) => Number(number) - 1);
      prepared = { statement: this.#db.prepare(sql.replaceAll(/\?\d+/g, '?')), places };
      this.#statements.set(sql, prepared);
    }
    return prepared;
  }

  #migrate(): void {
    const version = () => (this.#db.prepare('PRAGMA user_version').get() as { user_version: number }).user_version;
    if (version() === migrations.length) return;
    this.transaction(() => {
      const from = version(); // again: another process may have been first
      if (from > migrations.length)
        throw new CaissonError('unsupported', `${this.path} was written by a newer Caisson (version ${from}, this one knows ${migrations.length})`, {
          hint: 'upgrade Caisson, or use another --data-root',
        });
      for (const step of migrations.slice(from)) this.#db.exec(step);
      this.#db.exec(`PRAGMA user_version = ${migrations.length}`);
    });
  }

  #try<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      throw this.#explain(error);
    }
  }

  #explain(error: unknown): unknown {
    if (!(error instanceof Error) || !('errcode' in error)) return error instanceof CaissonError ? error : fromSystemError(error, `opening ${this.path}`);
    // Primary result codes of SQLite (sqlite.org/rescode.html).
    switch (Number(error.errcode) & 0xff) {
      case 5:
      case 6:
        return new CaissonError('unavailable', `${this.path} has been locked by another process for too long`, { cause: error });
      case 8:
        return new CaissonError('read-only', `${this.path} cannot be written to`, { cause: error, hint: 'run as the owner of the data root, or choose another with --data-root' });
      case 13:
        return new CaissonError('no-space', `no space left on the disk for ${this.path}`, { cause: error });
      case 14:
        return new CaissonError('denied', `cannot open ${this.path}`, { cause: error, hint: 'run as root, or choose a --data-root that you may write to' });
      case 11:
      case 26:
        return new CaissonError('corrupt', `${this.path} is damaged: ${error.message}`, { cause: error, hint: 'caisson system check --repair' });
      default:
        return error;
    }
  }
}

interface Prepared {
  readonly statement: StatementSync;
  /** Of numbered parameters: which value each takes; empty where they are in order. */
  readonly places: readonly number[];
}

function inPlaces(values: readonly SQLInputValue[], places: readonly number[]): readonly SQLInputValue[] {
  return places.length === 0 ? values : places.map((place) => values[place] ?? null);
}

/** A database on a file system that is mounted read-only, and that no process has left unfinished: then there is nobody to share it with. */
function isForReadingOnly(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return false;
  } catch (error) {
    return systemCode(error) === 'EROFS' && !statSync(`${path}-wal`, { throwIfNoEntry: false })?.size;
  }
}

/** SQLite would make its shared memory beside it else, which cannot be (sqlite.org/wal.html, «read-only databases»). */
function readOnlyUrl(path: string): URL {
  const url = pathToFileURL(path);
  url.searchParams.set('immutable', '1');
  return url;
}

/** True when an insert failed because the row's key is taken. */
export function isTaken(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && [1555, 2067].includes(Number(error.errcode));
}
