import { CaissonError } from '../errors.js';
import type { Descriptor } from '../model/descriptor.js';
import { isDigest, type Digest } from '../model/digest.js';
import { mediaTypes } from '../model/media-type.js';
import { isIndex, parseManifest } from '../model/parse.js';
import { parseReference, type Reference } from '../model/reference.js';

/** OCI image spec, annotations.md: a name, or no more than a tag. */
export const refName = 'org.opencontainers.image.ref.name';
/** The full name, as containerd and docker write it beside. */
export const fullName = 'io.containerd.image.name';

/** An image that the index.json of a layout lists, once for each root. */
export interface LayoutEntry {
  readonly root: Descriptor;
  /** As they stand there: full names, short ones, mere tags. */
  readonly names: readonly string[];
}

/** The images of an index.json (image-layout.md). @throws CaissonError `invalid-content`, `limit-exceeded` */
export function layoutEntries(bytes: Uint8Array, name: string): LayoutEntry[] {
  const index = parseManifest(bytes, mediaTypes.index, `index.json of ${name}`);
  if (!isIndex(index)) throw new CaissonError('invalid-content', `index.json of ${name} is not an index`);
  const found = new Map<Digest, { root: Descriptor; names: string[] }>();
  for (const entry of index.manifests) {
    const { annotations, ...root } = entry;
    const image: { root: Descriptor; names: string[] } = found.get(entry.digest) ?? { root, names: [] };
    const text = annotations?.[fullName] ?? annotations?.[refName];
    if (text !== undefined) image.names.push(text);
    found.set(entry.digest, image);
  }
  return [...found.values()];
}

/** The names that can be given to an image: a ref.name may be a mere tag (`latest`), which names no repository. */
export function imageNames(names: readonly string[]): Reference[] {
  return names.flatMap((text) => {
    if (!/[:/@]/.test(text)) return [];
    try {
      return [parseReference(text)];
    } catch {
      return [];
    }
  });
}

/**
 * The one that is meant: by digest, by a name as it stands there, by its tag; without anything wanted, the only one there is.
 * @throws CaissonError `not-found`; `invalid-argument` where several would do
 */
export function chooseEntry<T extends LayoutEntry>(entries: readonly T[], wanted: string | undefined, name: string): T {
  const listed = entries.flatMap(({ root, names }) => (names.length > 0 ? names : [root.digest])).sort();
  const hint = listed.length > 0 ? { hint: `it has ${listed.slice(0, 10).join(', ')}${listed.length > 10 ? ', …' : ''}` } : {};
  const fits = (entry: T): boolean => wanted === undefined || (isDigest(wanted) ? entry.root.digest === wanted : entry.names.some((one) => one === wanted || sameName(one, wanted)));
  const [first, second] = entries.filter(fits);
  if (!first) throw new CaissonError('not-found', wanted === undefined ? `there is no image in ${name}` : `${name} has no image ${wanted.slice(0, 300)}`, hint);
  if (second) throw new CaissonError('invalid-argument', `${name} has several images`, hint);
  return first;
}

function sameName(one: string, wanted: string): boolean {
  const [a, b] = [imageNames([one])[0], imageNames([wanted])[0]];
  if (a && b) return a.domain === b.domain && a.path === b.path && (a.tag ?? 'latest') === (b.tag ?? 'latest');
  return a?.tag === wanted;
}
