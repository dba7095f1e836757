import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, familiarReference, formatReference, fromSystemError, isDigest, parseReference, sha256, withDefaultTag, type Descriptor, type Platform, type Reference } from '@caisson/core';

/** A list of manifests in the making: what `manifest create` began and `manifest push` will send. */
export interface ManifestList {
  readonly name: string;
  readonly members: readonly ListMember[];
}

export interface ListMember {
  /** Where its manifest is: a name with a digest. */
  readonly source: string;
  readonly descriptor: Descriptor & { readonly platform: Platform & { readonly 'os.features'?: readonly string[]; readonly 'os.version'?: string } };
}

/** Lists in the making, each in a file of the data root. */
export class ListStore {
  readonly #folder: string;

  constructor(dataRoot: string) {
    this.#folder = join(dataRoot, 'manifest-lists');
  }

  find(name: Reference): ManifestList | undefined {
    const path = this.#path(name);
    if (!existsSync(path)) return undefined;
    try {
      const list = JSON.parse(readFileSync(path, 'utf8')) as ManifestList;
      if (Array.isArray(list.members) && list.members.every(({ source, descriptor }) => typeof source === 'string' && isDigest(descriptor.digest))) return list;
    } catch {
      // Told below.
    }
    throw new CaissonError('corrupt', `the manifest list ${familiarReference(name)} cannot be read`, { hint: `caisson manifest rm ${familiarReference(name)}` });
  }

  /** @throws CaissonError `not-found` */
  get(name: Reference): ManifestList {
    const list = this.find(name);
    if (!list) throw new CaissonError('not-found', `there is no manifest list ${familiarReference(name)} here`, { hint: `caisson manifest create ${familiarReference(name)} MANIFEST…` });
    return list;
  }

  put(name: Reference, members: readonly ListMember[]): void {
    const path = this.#path(name);
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(`${path}.${process.pid}`, JSON.stringify({ name: formatReference(name), members }), { mode: 0o600, flush: true });
      renameSync(`${path}.${process.pid}`, path);
    } catch (error) {
      throw fromSystemError(error, `keeping the manifest list ${familiarReference(name)}`);
    }
  }

  remove(name: Reference): void {
    this.get(name);
    rmSync(this.#path(name));
  }

  #path(name: Reference): string {
    return join(this.#folder, `${sha256(formatReference(name)).slice('sha256:'.length)}.json`);
  }
}

/** A name for a list or a manifest, with the tag `latest` where it has none. */
export function parseName(text: string): Reference {
  return withDefaultTag(parseReference(text));
}
