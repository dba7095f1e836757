import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { baseName, parentPath, TarReader, type Change, type RawPath, type TarEntry, type TarHandler } from '@caisson/core';
import { inContainer } from './container-path.js';

/** Gathers what a layer's archive changes against the layers below it: `write` its bytes, then read `changes`. */
export class LayerChanges implements TarHandler {
  readonly changes: Change[] = [];
  readonly #parents: readonly string[];
  readonly #reader = new TarReader(this);

  /** @param parents folders of the layers below */
  constructor(parents: readonly string[]) {
    this.#parents = parents;
  }

  write(data: Uint8Array): void {
    this.#reader.write(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  }

  entry(entry: TarEntry): void {
    const path = inContainer(entry.path);
    const name = path === undefined ? '' : baseName(path);
    if (path === undefined || path === '' || name.includes(':')) return;
    if (name.startsWith('.wh.')) {
      const folder = parentPath(path);
      this.changes.push({ kind: 'deleted', path: folder === '' ? name.slice(4) : `${folder}/${name.slice(4)}` });
    } else this.changes.push({ kind: this.#wasThere(path) ? 'changed' : 'added', path });
  }

  #wasThere(path: RawPath): boolean {
    const name = Buffer.from(path, 'latin1').toString('utf8');
    return this.#parents.some((parent) => existsSync(join(parent, 'Files', name)));
  }

  data(): void {}

  hole(): void {}

  endEntry(): void {}
}
