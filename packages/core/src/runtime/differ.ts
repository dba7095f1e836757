import type { Change } from '../layers/diff/changes.js';
import type { LayerIndex } from '../layers/index/layer-index.js';
import type { RawPath } from '../layers/raw-path.js';
import type { Digest } from '../model/digest.js';
import type { LayerCompression } from '../model/media-type.js';

/** Between layers and snapshots. */
export interface Differ {
  /**
   * Unpacks a layer's bytes into the active snapshot `key` and tells the diffID of what it unpacked. Sockets and what the caller may
   * not create are skipped and reported. @throws CaissonError `invalid-content`, `limit-exceeded`: then the snapshot is to be removed.
   */
  apply(layer: AsyncIterable<Uint8Array>, compression: LayerCompression, key: string, options?: ApplyOptions): Promise<AppliedLayer>;
  /** What the active snapshot `key` changed against its parent, in tree order; the folders above a change are among the changed. */
  changes(key: string): Promise<readonly Change[]>;
  /**
   * Compares the committed snapshot `name` with the layer it was made of: sizes of files, or with `contents` all there is to compare. Gives the
   * first difference in words; undefined for none. Absent where snapshots are not plain files.
   */
  verify?(name: Digest, layer: LayerIndex, options?: { readonly contents?: boolean; readonly signal?: AbortSignal }): Promise<string | undefined>;
  /**
   * Writes what the active snapshot `key` changed against its parent, as an uncompressed layer with normalised order, through `write`, which
   * must be done with the data when it returns: the buffer is used again.
   */
  diff(key: string, write: (data: Uint8Array) => void, options?: SnapshotDiffOptions): Promise<AppliedLayer>;
}

export interface SnapshotDiffOptions {
  readonly signal?: AbortSignal;
  /** What late times become, so that equal work gives equal layers. */
  readonly clampTime?: Date;
  /** From when on a time is late; absent: from `clampTime` on. */
  readonly clampFrom?: Date;
  /** What is to be left out, by its path, and with a folder all that is in it. */
  readonly exclude?: (path: RawPath) => boolean;
  /** Changes these times in the snapshot too: it is then to the last bit what the layer makes elsewhere. */
  readonly settleTimes?: boolean;
}

export interface ApplyOptions {
  readonly signal?: AbortSignal;
  readonly onSkipped?: (path: string, why: string) => void;
}

export interface LayerSummary {
  readonly diffId: Digest;
  /** Bytes of the uncompressed tar. */
  readonly size: number;
  readonly entries: number;
}

export interface AppliedLayer extends LayerSummary {
  /** The layer's table of contents, where unpacking or writing it has made one. */
  readonly index?: LayerIndex;
}

