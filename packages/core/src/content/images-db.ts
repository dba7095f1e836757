import { existsSync } from 'node:fs';
import type { Descriptor } from '../model/descriptor.js';
import { isDigest, type Digest } from '../model/digest.js';
import { formatReference, type Reference } from '../model/reference.js';
import { CaissonError } from '../errors.js';
import type { StateDatabase } from '../state/database.js';
import type { ImageRecord, ImageStore, NewImage } from './image-store.js';
import { writeWhole } from './layout-store.js';

type ImageRow = { target: string; descriptor: string; id: string; added: number; names: string | null; pushed: string };

const select = `SELECT i.target, i.descriptor, i.id, i.added, (SELECT json_group_array(name) FROM names n WHERE n.target = i.target) AS names,
  (SELECT json_group_array(repository || '@' || digest) FROM pushed p WHERE p.target = i.target) AS pushed FROM images i`;

/** The image store on the state database. It keeps the layout's index.json in step, so that other tools find the names there. */
export class DatabaseImageStore implements ImageStore {
  readonly #db: StateDatabase;
  readonly #indexPath: string;

  /** `indexPath`: the index.json of the content store's layout. */
  constructor(db: StateDatabase, indexPath: string) {
    this.#db = db;
    this.#indexPath = indexPath;
  }

  async get(reference: Reference): Promise<ImageRecord | undefined> {
    const row = this.#db.get<ImageRow>(`${select} JOIN names m ON m.target = i.target WHERE m.name = ?`, formatReference(reference));
    return row && record(row);
  }

  async find(idOrPrefix: string): Promise<ImageRecord | undefined> {
    if (isDigest(idOrPrefix)) {
      const row =
        this.#db.get<ImageRow>(`${select} WHERE i.target = ?1 OR i.id = ?1 ORDER BY i.target = ?1 DESC, i.added DESC`, idOrPrefix) ??
        this.#db.get<ImageRow>(`${select} JOIN pushed q ON q.target = i.target WHERE q.digest = ? ORDER BY i.added DESC`, idOrPrefix);
      return row && record(row);
    }
    const hex = idOrPrefix.replace(/^sha256:/, '');
    if (!/^[0-9a-f]{1,64}$/.test(hex)) return undefined;
    const rows = this.#db.all<ImageRow>(`${select} WHERE i.id >= ?1 AND i.id < ?1 || 'g' ORDER BY i.added DESC`, `sha256:${hex}`);
    if (new Set(rows.map((row) => row.id)).size > 1)
      throw new CaissonError('invalid-argument', `several images have an ID that begins with ${hex}`, { hint: 'give more digits' });
    return rows[0] && record(rows[0]);
  }

  async list(): Promise<readonly ImageRecord[]> {
    return this.#db.all<ImageRow>(`${select} ORDER BY i.added DESC, i.target`).map(record);
  }

  async put(image: NewImage, names: readonly Reference[]): Promise<ImageRecord> {
    const { digest } = image.target;
    const before = this.#db.get<ImageRow>(`${select} WHERE i.target = ?`, digest);
    // Of a build that came to the same as the last one nothing need be written.
    if (before?.id === image.id && hasNames(before, names) && existsSync(this.#indexPath)) return record(before);
    this.#change(() => {
      this.#db.run(
        'INSERT INTO images (target, descriptor, id, added) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (target) DO UPDATE SET id = ?3',
        digest,
        JSON.stringify(image.target),
        image.id,
        Date.now(),
      );
      for (const name of names) this.#name(name, digest);
    });
    const row = this.#db.get<ImageRow>(`${select} WHERE i.target = ?`, digest);
    if (!row) throw new CaissonError('internal', `the image ${digest} was removed while it was being recorded`);
    return record(row);
  }

  async tag(target: Digest, name: Reference): Promise<void> {
    this.#change(() => {
      if (!this.#db.get('SELECT 1 FROM images WHERE target = ?', target)) throw new CaissonError('not-found', `there is no image ${target} any more`);
      this.#name(name, target);
    });
  }

  async notePushed(target: Digest, { domain, path }: Reference, digest: Digest): Promise<void> {
    const repository = formatReference({ domain, path });
    const known = this.#db.get<{ digest: string }>('SELECT digest FROM pushed WHERE target = ? AND repository = ?', target, repository)?.digest;
    if ((known ?? target) === digest) return;
    if (digest === target) this.#db.run('DELETE FROM pushed WHERE target = ? AND repository = ?', target, repository);
    // By now the image may be gone.
    else this.#db.run('INSERT OR REPLACE INTO pushed (target, repository, digest) SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM images WHERE target = ?1)', target, repository, digest);
  }

  async untag(name: Reference): Promise<boolean> {
    return this.#change(() => this.#db.run('DELETE FROM names WHERE name = ?', formatReference(name)) > 0);
  }

  async remove(target: Digest): Promise<void> {
    this.#change(() => this.#db.run('DELETE FROM images WHERE target = ?', target));
  }

  #name(name: Reference, target: Digest): void {
    this.#db.run('INSERT INTO names (name, target) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET target = ?2', formatReference(name), target);
  }

  /** A change of names, and index.json rewritten before anybody else can change them. */
  #change<T>(body: () => T): T {
    return this.#db.transaction(() => {
      const result = body();
      const rows = this.#db.all<{ name: string | null; descriptor: string }>('SELECT n.name, i.descriptor FROM images i LEFT JOIN names n ON n.target = i.target ORDER BY n.name, i.target');
      const manifests = rows.map(({ name, descriptor }) => {
        const target = JSON.parse(descriptor) as Descriptor;
        return name === null ? target : { ...target, annotations: { ...target.annotations, 'org.opencontainers.image.ref.name': name } };
      });
      writeWhole(this.#indexPath, JSON.stringify({ schemaVersion: 2, manifests }));
      return result;
    });
  }
}

function hasNames(row: ImageRow, names: readonly Reference[]): boolean {
  const known = new Set(JSON.parse(row.names ?? '[]') as string[]);
  return names.every((name) => known.has(formatReference(name)));
}

function record(row: ImageRow): ImageRecord {
  const pushed = (JSON.parse(row.pushed) as string[]).sort();
  return {
    target: JSON.parse(row.descriptor) as Descriptor,
    id: row.id as Digest,
    names: (JSON.parse(row.names ?? '[]') as string[]).sort(),
    ...(pushed.length > 0 ? { pushed } : {}),
    added: new Date(row.added),
  };
}
