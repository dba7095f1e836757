import type { Descriptor } from '../model/descriptor.js';
import type { Digest } from '../model/digest.js';
import { formatReference, parseReference, type Reference } from '../model/reference.js';
import type { StateDatabase } from '../state/database.js';

/** A layer in a registry. */
export interface LayerOrigin {
  readonly reference: Reference;
  readonly descriptor: Pick<Descriptor, 'digest' | 'size'>;
}

/**
 * Where layers can be had from, as seen in pulls and builds. A build leaves the layers of its base in their registry: they come when
 * something reads them, and a push to the same registry has them mounted there without their passing through here.
 */
export class LayerOrigins {
  readonly #db: StateDatabase;

  constructor(db: StateDatabase) {
    this.#db = db;
  }

  note(reference: Reference, layers: readonly Pick<Descriptor, 'digest' | 'size'>[]): void {
    const name = formatReference(reference);
    this.#db.transaction(() => {
      for (const { digest, size } of layers) this.#db.run('INSERT OR REPLACE INTO layer_origins (digest, size, reference) VALUES (?, ?, ?)', digest, size, name);
    });
  }

  find(digest: Digest): LayerOrigin | undefined {
    const row = this.#db.get<{ size: number; reference: string }>('SELECT size, reference FROM layer_origins WHERE digest = ?', digest);
    return row && { reference: parseReference(row.reference), descriptor: { digest, size: row.size } };
  }

  /** Forgets all but these. */
  keep(digests: ReadonlySet<string>): void {
    for (const { digest } of this.#db.all<{ digest: string }>('SELECT digest FROM layer_origins')) if (!digests.has(digest)) this.#db.run('DELETE FROM layer_origins WHERE digest = ?', digest);
  }
}
