import { sha256, type Digest, type LayoutStore, type StateDatabase } from '@caisson/core';

/** What a step made: a layer, or nothing (a WORKDIR that was there, a RUN that wrote no file). */
export interface StepResult {
  readonly layer?: { readonly diffId: Digest; readonly size: number };
}

type Row = { result: string };

/**
 * Results of build steps by cache key, in the state database. A result counts only while its layer is in the content store. What is
 * used is noted when the build ends, in one transaction.
 */
export class BuildCache {
  readonly #db: StateDatabase;
  readonly #content: LayoutStore;
  readonly #used = new Set<Digest>();
  readonly #seen = new Map<Digest, StepResult>();
  /** Asked where this store has nothing. */
  elsewhere: ((key: Digest) => Promise<StepResult | undefined>) | undefined;

  constructor(db: StateDatabase, content: LayoutStore) {
    this.#db = db;
    this.#content = content;
  }

  /** What this build has found or made, for a cache that is exported. */
  get seen(): ReadonlyMap<Digest, StepResult> {
    return this.#seen;
  }

  async get(key: Digest): Promise<StepResult | undefined> {
    const own = await this.#own(key);
    if (own) return own;
    const result = await this.elsewhere?.(key);
    if (result) this.put(key, result, 'imported');
    return result;
  }

  async #own(key: Digest): Promise<StepResult | undefined> {
    const result = this.peek(key);
    if (!result) return undefined;
    if (result.layer && !(await this.#content.stat(result.layer.diffId))) return undefined;
    this.#used.add(key);
    this.#seen.set(key, result);
    return result;
  }

  /** A result of this store, not for use in this build; its layer may be gone. */
  peek(key: Digest): StepResult | undefined {
    const row = this.#db.get<Row>('SELECT result FROM build_cache WHERE key = ?', key);
    return row && (JSON.parse(row.result) as StepResult);
  }

  /** Whether this store holds the blob of that key: of a download, which is nobody else's business. */
  async has(key: Digest): Promise<boolean> {
    const { layer } = this.peek(key) ?? {};
    if (!layer || !(await this.#content.stat(layer.diffId))) return false;
    this.#used.add(key);
    return true;
  }

  /** The layer is in the content store by now. `shared` tells whether it may be exported. */
  put(key: Digest, result: StepResult, description: string, shared = true): void {
    if (shared) this.#seen.set(key, result);
    this.#db.transaction(() => {
      const now = Date.now();
      this.#db.run(
        `INSERT INTO build_cache (key, result, size, description, created, used) VALUES (?1, ?2, ?3, ?4, ?5, ?5)
         ON CONFLICT (key) DO UPDATE SET result = ?2, size = ?3, used = ?5, uses = uses + 1`,
        key,
        JSON.stringify(result),
        result.layer?.size ?? 0,
        description.slice(0, 1000),
        now,
      );
      this.#db.run('DELETE FROM build_cache_blobs WHERE key = ?', key);
      if (result.layer) this.#db.run('INSERT INTO build_cache_blobs (key, digest) VALUES (?, ?)', key, result.layer.diffId);
    });
  }

  /** Notes the hits of this build. */
  flush(): void {
    if (this.#used.size === 0) return;
    const now = Date.now();
    this.#db.transaction(() => {
      for (const key of this.#used) this.#db.run('UPDATE build_cache SET used = ?, uses = uses + 1 WHERE key = ?', now, key);
    });
    this.#used.clear();
  }
}

/**
 * The name of a step's result: what it does and on what, as JSON in a fixed order. The first part names the kind of step and the version
 * of the rules by which it is carried out: a change of these must not find old results.
 */
export function cacheKey(kind: string, inputs: readonly unknown[]): Digest {
  return sha256(JSON.stringify([kind, ...inputs]));
}
