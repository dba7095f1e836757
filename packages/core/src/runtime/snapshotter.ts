import type { Digest } from '../model/digest.js';

/**
 * Root file systems in the making, layer upon layer.
 *
 * A committed snapshot is immutable and named by the ChainID of the layers it holds. An active one is named by whoever prepares it
 * (a container's or a build step's ID), has a committed parent or none, and can be written to through its mounts. The life of both:
 *
 *   unpack of an image   for each layer, lowest first: `prepare(key, parent)`, a Differ applies the layer, `commit(key, chainId)`
 *   a container          `prepare(containerId, chainId of its image)`, run on `mounts`, `remove(containerId)`
 *   a build step         `prepare(stepId, parent)`, run, a Differ makes the layer, `commit(stepId, new chainId)` or `remove(stepId)`
 *
 * It returns mounts, never paths: overlayfs, a plain bind of a folder, and Windows layers are all behind it.
 */
export interface Snapshotter {
  readonly name: string;
  /** Undefined where there is none of that name. */
  stat(name: string): Promise<SnapshotInfo | undefined>;
  /** A new active snapshot. @throws CaissonError `already-exists`; `not-found` for the parent. */
  prepare(key: string, parent: Digest | undefined): Promise<readonly Mount[]>;
  /** A read-only view of a committed snapshot. */
  view(key: string, parent: Digest): Promise<readonly Mount[]>;
  /** The mounts of an active snapshot or view, again. */
  mounts(key: string): Promise<readonly Mount[]>;
  /**
   * Turns an active snapshot into the committed one of this ChainID. Where that exists already, the active one is dropped: equal names
   * mean equal contents. With `replace`, the active one takes its place instead, under whatever stands on it: nothing may be mounted.
   */
  commit(key: string, name: Digest, options?: { readonly replace?: boolean }): Promise<void>;
  /** Notes that a committed snapshot has been found whole; see `SnapshotInfo.unproven`. */
  prove?(name: Digest): Promise<void>;
  /** Space of this snapshot alone, without its parents. */
  usage(name: string): Promise<SnapshotUsage>;
  /** Removes it; quietly nothing where it is not there. @throws CaissonError `in-use` while another stands on it. */
  remove(name: string): Promise<void>;
  list(): AsyncIterable<SnapshotInfo>;
}

export interface SnapshotInfo {
  readonly name: string;
  readonly kind: 'committed' | 'active' | 'view';
  readonly parent?: Digest;
  readonly created: Date;
  /**
   * Committed before the machine was last started, and not looked at since: nobody waits for unpacked files to be on the disk, so that
   * after a loss of power some may be cut short. What is unproven is to be compared with its layer, or unpacked anew. A snapshot that is
   * proven stands on proven ones only.
   */
  readonly unproven?: boolean;
}

export interface SnapshotUsage {
  readonly bytes: number;
  readonly inodes: number;
}

/** As mount(8) takes it; `type` `windows-layer` is for the Windows backend. */
export interface Mount {
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}
