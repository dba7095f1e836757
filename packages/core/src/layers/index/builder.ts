import type { Digest } from '../../model/digest.js';
import type { TarEntry, Xattrs } from '../entry.js';
import type { RawPath } from '../raw-path.js';
import type { SparseMap } from '../tar/sparse.js';
import { type Classified, classify } from './layer-entry.js';
import { entryTypes, LayerIndex } from './layer-index.js';

const typeNumbers = new Map(entryTypes.map((type, number) => [type, number]));

/** Gathers a layer's table of contents: `add` each entry in the order of the archive, then `finish`. */
export class LayerIndexBuilder {
  readonly #paths: RawPath[] = [];
  readonly #links: RawPath[] = [];
  readonly #types: number[] = [];
  readonly #numbers = { mode: [], uid: [], gid: [], size: [], mtime: [], mtimeNs: [], devmajor: [], devminor: [], offset: [] } as Record<
    'mode' | 'uid' | 'gid' | 'size' | 'mtime' | 'mtimeNs' | 'devmajor' | 'devminor' | 'offset',
    number[]
  >;
  readonly #xattrs = new Map<number, Xattrs>();
  readonly #sparse = new Map<number, SparseMap>();
  #digests: Uint8Array | undefined;

  /** Returns what the entry stands for, undefined for one that means nothing. @throws CaissonError as `classify` does. */
  add(entry: TarEntry, offset: number, sparse?: SparseMap): Classified | undefined {
    const meaning = classify(entry);
    if (meaning === undefined) return undefined;
    const i = this.#paths.push(meaning.path) - 1;
    const n = this.#numbers;
    this.#links.push(meaning.linkname);
    this.#types.push(typeNumbers.get(meaning.type)!);
    n.mode.push(entry.mode);
    n.uid.push(entry.uid);
    n.gid.push(entry.gid);
    n.size.push(entry.size);
    n.mtime.push(entry.mtime);
    n.mtimeNs.push(entry.mtimeNs);
    n.devmajor.push(entry.devmajor);
    n.devminor.push(entry.devminor);
    n.offset.push(offset);
    if (entry.xattrs !== undefined) this.#xattrs.set(i, entry.xattrs);
    if (sparse !== undefined) this.#sparse.set(i, sparse);
    return meaning;
  }

  /** The sha256 (32 bytes) of the content of the entry that was added last. */
  setDigest(sha256: Buffer): void {
    const at = (this.#paths.length - 1) * 32;
    if (this.#digests === undefined || at + 32 > this.#digests.length) {
      const larger = new Uint8Array(Math.max(32 * 64, at * 2 + 32));
      larger.set(this.#digests ?? []);
      this.#digests = larger;
    }
    this.#digests.set(sha256, at);
  }

  get length(): number {
    return this.#paths.length;
  }

  finish(diffId: Digest, size: number): LayerIndex {
    let digests: Uint8Array | undefined;
    if (this.#digests !== undefined) {
      digests = new Uint8Array(this.#paths.length * 32);
      digests.set(this.#digests.subarray(0, digests.length));
    }
    return new LayerIndex(diffId, size, {
      path: this.#paths,
      linkname: this.#links,
      type: Uint8Array.from(this.#types),
      ...this.#numbers,
      xattrs: this.#xattrs,
      sparse: this.#sparse,
      digests,
    });
  }
}
