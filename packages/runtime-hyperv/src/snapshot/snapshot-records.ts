import { createHash, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, fromSystemError, systemCode, type Digest } from '@caisson/core';

/** One snapshot. Its folder never changes its name: layers on it know it by that. */
export interface SnapshotRecord {
  readonly name: string;
  readonly kind: 'committed' | 'active' | 'view';
  readonly parent?: Digest;
  /** ISO 8601. */
  readonly created: string;
  /** Name of the layer's folder. */
  readonly folder: string;
}

/**
 * What there is, a file for each: `records/HASH.json`. A record is written aside and linked to its place, so that it is whole and a name is
 * taken once, whoever else is at it.
 */
export class SnapshotRecords {
  readonly #root: string;
  readonly #folder: string;

  constructor(root: string) {
    this.#root = root;
    this.#folder = join(root, 'records');
  }

  read(name: string): SnapshotRecord | undefined {
    return readRecord(this.#path(name));
  }

  /** @throws CaissonError `already-exists` */
  add(record: SnapshotRecord): void {
    const aside = join(this.#folder, `.${randomBytes(8).toString('hex')}`);
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(aside, JSON.stringify(record), { mode: 0o600 });
      linkSync(aside, this.#path(record.name));
    } catch (error) {
      if (systemCode(error) === 'EEXIST') throw new CaissonError('already-exists', `there is a snapshot ${record.name} already`);
      throw fromSystemError(error, `recording the snapshot ${record.name}`);
    } finally {
      rmSync(aside, { force: true });
    }
  }

  remove(name: string): void {
    rmSync(this.#path(name), { force: true });
  }

  *all(): Generator<SnapshotRecord, void> {
    let names: string[];
    try {
      names = readdirSync(this.#folder);
    } catch {
      return; // nothing has been recorded yet
    }
    for (const name of names) {
      const record = name.startsWith('.') ? undefined : readRecord(join(this.#folder, name));
      if (record) yield record;
    }
  }

  newFolder(): string {
    return randomBytes(16).toString('hex');
  }

  layer(record: Pick<SnapshotRecord, 'folder'>): string {
    return join(this.#root, 'layers', record.folder);
  }

  /** Folders of layers that no record names: left by a process that was killed. */
  orphans(): string[] {
    const layers = join(this.#root, 'layers');
    if (!existsSync(layers)) return [];
    const known = new Set([...this.all()].map((record) => record.folder));
    return readdirSync(layers).filter((name) => !known.has(name)).map((name) => join(layers, name));
  }

  #path(name: string): string {
    return join(this.#folder, `${createHash('sha256').update(name).digest('hex')}.json`);
  }
}

function readRecord(path: string): SnapshotRecord | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as SnapshotRecord;
  } catch {
    return undefined;
  }
}
