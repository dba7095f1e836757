import { CaissonError } from '../../errors.js';
import type { Digest } from '../../model/digest.js';
import type { Xattrs } from '../entry.js';
import type { RawPath } from '../raw-path.js';
import type { SparseMap } from '../tar/sparse.js';
import type { LayerEntry, LayerEntryType } from './layer-entry.js';

/** The numbers of all entries, one array a field: 42,000 entries load in milliseconds since none becomes an object before it is asked for. */
export interface Columns {
  readonly path: readonly RawPath[];
  readonly linkname: readonly RawPath[];
  readonly type: Uint8Array;
  readonly mode: Numbers;
  readonly uid: Numbers;
  readonly gid: Numbers;
  readonly size: Numbers;
  readonly mtime: Numbers;
  readonly mtimeNs: Numbers;
  readonly devmajor: Numbers;
  readonly devminor: Numbers;
  readonly offset: Numbers;
  readonly xattrs: ReadonlyMap<number, Xattrs>;
  readonly sparse: ReadonlyMap<number, SparseMap>;
  /** 32 bytes an entry, zeros for none; undefined where no entry has one. */
  readonly digests: Uint8Array | undefined;
}

export type Numbers = ArrayLike<number>;

/** The order gives each type its number in a stored index: add at the end only. */
export const entryTypes: readonly LayerEntryType[] = ['file', 'hardlink', 'symlink', 'char', 'block', 'directory', 'fifo', 'whiteout', 'opaque'];

/**
 * A layer's table of contents: its entries in the order of its archive, and where in the archive each file's bytes lie. It answers what
 * is in a layer without unpacking it. Immutable; comes from `indexLayer`, from writing or applying a layer, or from `decodeLayerIndex`.
 */
export class LayerIndex implements Iterable<LayerEntry> {
  /** sha256 of the uncompressed archive. */
  readonly diffId: Digest;
  /** Bytes of the uncompressed archive. */
  readonly size: number;
  readonly columns: Columns;

  constructor(diffId: Digest, size: number, columns: Columns) {
    this.diffId = diffId;
    this.size = size;
    this.columns = columns;
  }

  get length(): number {
    return this.columns.path.length;
  }

  path(i: number): RawPath {
    return this.columns.path[i]!;
  }

  type(i: number): LayerEntryType {
    return entryTypes[this.columns.type[i]!]!;
  }

  /** @throws CaissonError `invalid-argument` outside 0…length-1. */
  entry(i: number): LayerEntry {
    const c = this.columns;
    const path = c.path[i];
    if (path === undefined) throw new CaissonError('invalid-argument', `the layer has no entry ${i}`);
    return {
      path,
      type: this.type(i),
      mode: c.mode[i]!,
      uid: c.uid[i]!,
      gid: c.gid[i]!,
      size: c.size[i]!,
      mtime: c.mtime[i]!,
      mtimeNs: c.mtimeNs[i]!,
      linkname: c.linkname[i]!,
      devmajor: c.devmajor[i]!,
      devminor: c.devminor[i]!,
      xattrs: c.xattrs.get(i),
      offset: c.offset[i]!,
      sparse: c.sparse.get(i),
      digest: this.#digest(i),
    };
  }

  *[Symbol.iterator](): Generator<LayerEntry, void> {
    for (let i = 0; i < this.length; i++) yield this.entry(i);
  }

  #digest(i: number): Digest | undefined {
    const bytes = this.columns.digests?.subarray(i * 32, i * 32 + 32);
    if (bytes === undefined || bytes.every((byte) => byte === 0)) return undefined;
    return `sha256:${Buffer.from(bytes.buffer, bytes.byteOffset, 32).toString('hex')}`;
  }
}
