import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path/win32';
import { CaissonError } from '@caisson/core';

/** Sees to it that nothing is written through a link: every folder on the way must be one. */
export class ReparseGuard {
  readonly #root: string;
  readonly #links = new Set<string>();
  readonly #good = new Set<string>();

  constructor(root: string) {
    this.#root = root;
  }

  /** Notes a link that was made. */
  add(path: string): void {
    this.#links.add(path.toLowerCase());
    this.#good.delete(path.toLowerCase());
  }

  /** Forgets one that was replaced or removed. */
  delete(path: string): void {
    this.#links.delete(path.toLowerCase());
  }

  /** @throws CaissonError `invalid-content` where a folder above `path` is a link, or none at all */
  check(path: string): void {
    const folder = dirname(path);
    if (folder === '.' || this.#good.has(folder.toLowerCase())) return;
    this.check(folder);
    if (this.#links.has(folder.toLowerCase())) throw throughLink(path);
    let stat;
    try {
      stat = lstatSync(join(this.#root, folder));
    } catch (error) {
      throw new CaissonError('invalid-content', `the layer has ${path} without the folder that it is in`, { cause: error });
    }
    if (stat.isSymbolicLink()) throw throughLink(path);
    if (!stat.isDirectory()) throw new CaissonError('invalid-content', `the layer has ${path} in what is no folder`);
    this.#good.add(folder.toLowerCase());
  }
}

function throughLink(path: string): CaissonError {
  return new CaissonError('invalid-content', `the layer has ${path} below a link`);
}
