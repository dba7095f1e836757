import { lstatSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bootId, CaissonError, fromSystemError, systemCode, type Digest, type Mount, type SnapshotInfo, type SnapshotUsage, type Snapshotter } from '@caisson/core';
import { isChainId, SnapshotFolders, type SnapshotRecord } from './snapshot-folder.js';
import { Trash } from './trash.js';
import { usageOf } from './usage.js';

/** The folders of an active snapshot, for those who read or write it without a mount. */
export interface SnapshotLayers {
  /** What is its own. */
  readonly upper: string;
  /** Its parents', topmost first. */
  readonly lowers: readonly string[];
}

/** Snapshots as layers of the kernel's overlayfs. Several processes may use one folder at a time. */
export class OverlaySnapshotter implements Snapshotter {
  readonly name = 'overlay';
  readonly #folders: SnapshotFolders;
  readonly #trash: Trash;
  readonly #options: readonly string[];
  /** Which extended attributes mark what the layers hide. */
  readonly xattrs: 'trusted' | 'user';

  /** @param root a folder of its own, on a file system that overlayfs can write to (ext4, xfs, btrfs, tmpfs). */
  constructor(root: string, options: { userXattrs?: boolean } = {}) {
    this.#folders = new SnapshotFolders(root);
    this.#trash = new Trash(join(root, 'trash'));
    this.xattrs = options.userXattrs ? 'user' : 'trusted';
    this.#options = options.userXattrs ? ['userxattr'] : [];
  }

  async stat(name: string): Promise<SnapshotInfo | undefined> {
    const record = this.#folders.read(this.#folders.of(name));
    return record && info(record);
  }

  async prepare(key: string, parent: Digest | undefined): Promise<readonly Mount[]> {
    return this.#make(key, parent, 'active');
  }

  async view(key: string, parent: Digest): Promise<readonly Mount[]> {
    return this.#make(key, parent, 'view');
  }

  #make(key: string, parent: Digest | undefined, kind: 'active' | 'view'): readonly Mount[] {
    if (isChainId(key)) throw new CaissonError('invalid-argument', `a key may not look like a ChainID: ${key}`);
    const below = parent === undefined ? undefined : this.#committed(parent);
    const record: SnapshotRecord = { name: key, kind, ...(parent === undefined ? {} : { parent }), created: new Date().toISOString(), layers: below?.layers ?? [] };
    const place = this.#folders.active(key);
    try {
      const aside = this.#folders.make(record, parent === undefined ? undefined : join(this.#folders.committed(parent), 'fs'));
      moveTo(aside, place, key);
    } catch (error) {
      throw fromSystemError(error, `preparing the snapshot ${key}`);
    }
    return this.#mounts(record, place);
  }

  async mounts(key: string): Promise<readonly Mount[]> {
    const { record, folder } = this.#active(key);
    return this.#mounts(record, folder);
  }

  #mounts(record: SnapshotRecord, folder: string): readonly Mount[] {
    const own = join(folder, 'fs');
    const access = record.kind === 'view' ? 'ro' : 'rw';
    const lowers = record.layers.map((short) => this.#folders.link(short));
    const [only] = lowers;
    if (only === undefined) return [{ type: 'bind', source: own, options: ['rbind', access] }];
    if (record.kind === 'view') return lowers.length === 1 ? [{ type: 'bind', source: only, options: ['rbind', 'ro'] }] : [{ type: 'overlay', source: 'overlay', options: ['ro', `lowerdir=${lowers.join(':')}`, ...this.#options] }];
    return [{ type: 'overlay', source: 'overlay', options: [`lowerdir=${lowers.join(':')}`, `upperdir=${own}`, `workdir=${join(folder, 'work')}`, ...this.#options, ...plainLayers()] }];
  }

  /** What an active snapshot shows, read-only, beside the mount through which it is being written to if there is one. */
  contents(key: string): readonly Mount[] {
    const { record, folder } = this.#active(key);
    const upper = join(folder, 'fs');
    const lowers = record.layers.map((short) => this.#folders.link(short));
    if (lowers.length === 0) return [{ type: 'bind', source: upper, options: ['rbind', 'ro'] }];
    return [{ type: 'overlay', source: 'overlay', options: ['ro', `lowerdir=${[upper, ...lowers].join(':')}`, ...this.#options] }];
  }

  async commit(key: string, name: Digest, { replace = false }: { replace?: boolean } = {}): Promise<void> {
    const { record, folder } = this.#active(key);
    if (record.kind !== 'active') throw new CaissonError('invalid-argument', `the snapshot ${key} is a view, which cannot be committed`);
    if (!isChainId(name)) throw new CaissonError('invalid-argument', `not a ChainID: ${String(name)}`);
    const place = this.#folders.committed(name);
    if (replace || !this.#folders.read(place)) {
      try {
        this.#trash.discard(join(folder, 'work'), this.#folders.aside('work'));
        this.#folders.write(folder, { ...record, name, kind: 'committed', boot: bootId(), layers: [this.#folders.linkFor(name), ...record.layers] });
        mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
        if (replace) this.#trash.discard(place, this.#folders.aside('replaced'));
        renameSync(folder, place);
        return;
      } catch (error) {
        // Another process committed the same name in between: its contents are equal.
        if (!['ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) throw fromSystemError(error, `committing the snapshot ${key}`);
      }
    }
    this.#trash.discard(folder, this.#folders.aside('dropped'));
  }

  async usage(name: string): Promise<SnapshotUsage> {
    const { record, folder } = this.#known(name);
    // What is committed does not change: it is measured once.
    return record.kind === 'committed' ? this.#folders.remembered(folder, () => usageOf(join(folder, 'fs'))) : usageOf(join(folder, 'fs'));
  }

  async remove(name: string): Promise<void> {
    const folder = this.#folders.of(name);
    const record = this.#folders.read(folder);
    if (record && isChainId(name)) {
      const child = this.#childOf(name);
      if (child !== undefined) throw new CaissonError('in-use', `the snapshot ${name} is the parent of ${child}`);
    }
    const aside = this.#folders.aside('removed');
    if (record && isChainId(name)) {
      mkdirSync(this.#trash.folder, { recursive: true, mode: 0o700 });
      renameSync(folder, aside);
      const child = this.#childOf(name);
      if (child !== undefined) {
        // It came into being while we looked.
        renameSync(aside, folder);
        throw new CaissonError('in-use', `the snapshot ${name} is the parent of ${child}`);
      }
      const [own] = record.layers;
      if (own !== undefined) rmSync(this.#folders.link(own), { force: true });
      this.#trash.discard(aside, `${aside}-`);
    } else this.#trash.discard(folder, aside);
    this.#trash.empty();
  }

  #childOf(parent: Digest): string | undefined {
    for (const kind of ['active', 'committed'] as const) {
      for (const folder of this.#folders.folders(kind)) {
        const record = this.#folders.read(folder);
        if (record?.parent === parent) return record.name;
      }
    }
    return undefined;
  }

  async *list(): AsyncIterable<SnapshotInfo> {
    for (const kind of ['committed', 'active'] as const) {
      for (const folder of this.#folders.folders(kind)) {
        const record = this.#folders.read(folder);
        if (record) yield info(record);
      }
    }
  }

  async prove(name: Digest): Promise<void> {
    const { record, folder } = this.#known(name);
    this.#folders.write(folder, { ...record, proven: true });
  }

  /** The folder of a committed snapshot's own files, as overlayfs has them. @throws CaissonError `not-found` */
  filesOf(name: Digest): string {
    return join(this.#known(name).folder, 'fs');
  }

  /** @throws CaissonError `not-found` */
  layers(key: string): SnapshotLayers {
    const { record, folder } = this.#active(key);
    // The folders themselves: whoever looks into them by lstat would stop at a link.
    return { upper: join(folder, 'fs'), lowers: record.layers.map((short) => `${this.#folders.link(short)}/.`) };
  }

  #committed(name: Digest): SnapshotRecord {
    const record = this.#folders.read(this.#folders.committed(name));
    if (!record) throw new CaissonError('not-found', `there is no snapshot ${name}`);
    return record;
  }

  #active(key: string): { record: SnapshotRecord; folder: string } {
    if (isChainId(key)) throw new CaissonError('invalid-argument', `${key} is a committed snapshot: make a view of it`);
    return this.#known(key);
  }

  #known(name: string): { record: SnapshotRecord; folder: string } {
    const folder = this.#folders.of(name);
    const record = this.#folders.read(folder);
    if (!record) throw new CaissonError('not-found', `there is no snapshot ${name}`);
    return { record, folder };
  }
}

/** @throws CaissonError `already-exists` */
function moveTo(aside: string, place: string, key: string): void {
  mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
  try {
    if (lstatSync(place, { throwIfNoEntry: false })) throw new CaissonError('already-exists', `there is a snapshot ${key} already`);
    renameSync(aside, place);
  } catch (error) {
    rmSync(aside, { recursive: true, force: true });
    if (['ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) throw new CaissonError('already-exists', `there is a snapshot ${key} already`, { cause: error });
    throw error;
  }
}

function info({ name, kind, parent, created, boot, proven = false }: SnapshotRecord): SnapshotInfo {
  const unproven = kind === 'committed' && !proven && boot !== bootId();
  return { name, kind, ...(parent === undefined ? {} : { parent }), created: new Date(created), ...(unproven ? { unproven } : {}) };
}

let plain: readonly string[] | undefined;

/** Features that a kernel may have on by default, and that would put into a layer what means nothing in another place. */
function plainLayers(): readonly string[] {
  return (plain ??= ['index', 'metacopy', 'redirect_dir'].flatMap((feature) => {
    try {
      return readFileSync(`/sys/module/overlay/parameters/${feature}`, 'utf8').trim() === 'N' ? [] : [`${feature}=off`];
    } catch {
      return []; // not loaded yet, or not known to this kernel
    }
  }));
}
