import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, type Digest, type Mount, type SnapshotInfo, type Snapshotter, type SnapshotUsage } from '@caisson/core';
import { openVmCompute } from '../hcs/vmcompute.js';
import { LayerService, type LayerStack } from '../layers/layer-service.js';
import { layerWork } from '../layers/work/layer-work.js';
import { helperCommand } from '../host/places.js';
import type { HypervOptions } from '../options.js';
import type { LibraryPaths } from '../win32/library-paths.js';
import { layerMount } from './layer-mount.js';
import { layerUsage } from './layer-usage.js';
import { SnapshotRecords, type SnapshotRecord } from './snapshot-records.js';

/**
 * Snapshots as layers of Windows' filter driver. An active snapshot is a folder with nothing in it at first: it becomes a layer when a
 * Differ applies one to it, or a scratch layer when its mounts are used (see `ensureScratch`). Several processes may use one root.
 */
export class WindowsSnapshotter implements Snapshotter {
  readonly name = 'windows';
  readonly root: string;
  readonly #records: SnapshotRecords;
  readonly #libraries: Partial<LibraryPaths>;
  readonly #givenHelper: readonly string[] | undefined;

  /** @param root a folder of its own, on NTFS. */
  constructor(root: string, options: Pick<HypervOptions, 'helper' | 'libraries'> = {}) {
    this.root = root;
    this.#records = new SnapshotRecords(root);
    this.#libraries = options.libraries ?? {};
    this.#givenHelper = options.helper;
  }

  get #helper(): readonly string[] {
    return this.#givenHelper ?? helperCommand();
  }

  get #layers(): LayerService {
    return new LayerService(openVmCompute(this.#libraries));
  }

  async stat(name: string): Promise<SnapshotInfo | undefined> {
    const record = this.#records.read(name);
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
    if (parent !== undefined) this.#committed(parent);
    const record: SnapshotRecord = { name: key, kind, ...(parent === undefined ? {} : { parent }), created: new Date().toISOString(), folder: this.#records.newFolder() };
    mkdirSync(this.#records.layer(record), { recursive: true, mode: 0o700 });
    try {
      this.#records.add(record);
    } catch (error) {
      rmSync(this.#records.layer(record), { recursive: true, force: true });
      throw error;
    }
    return this.#mounts(record);
  }

  async mounts(key: string): Promise<readonly Mount[]> {
    return this.#mounts(this.#active(key));
  }

  #mounts(record: SnapshotRecord): readonly Mount[] {
    return [layerMount(this.#stack(record), record.kind === 'view' ? 'ro' : 'rw')];
  }

  /** The folders of an active snapshot. @throws CaissonError `not-found` */
  stack(key: string): LayerStack {
    return this.#stack(this.#active(key));
  }

  #stack(record: SnapshotRecord): LayerStack {
    const parents: string[] = [];
    for (let below = record.parent; below !== undefined; ) {
      const parent = this.#committed(below);
      parents.push(this.#records.layer(parent));
      below = parent.parent;
    }
    return { folder: this.#records.layer(record), parents };
  }

  /**
   * What a step has run on becomes a layer that others can stand on; what was unpacked is one. Nothing is replaced: a layer's folder is known
   * to those on it by its name, and snapshots of this kind are never in doubt.
   */
  async commit(key: string, name: Digest, { replace = false }: { readonly replace?: boolean } = {}): Promise<void> {
    const record = this.#active(key);
    if (record.kind !== 'active') throw new CaissonError('invalid-argument', `the snapshot ${key} is a view, which cannot be committed`);
    if (!isChainId(name)) throw new CaissonError('invalid-argument', `not a ChainID: ${name as string}`);
    if (replace) throw new CaissonError('unsupported', 'a layer of Windows cannot take the place of another');
    const known = this.#records.read(name);
    const folder = known ? record.folder : await this.#settled(record);
    try {
      if (!known) this.#records.add({ ...record, folder, name, kind: 'committed' });
    } catch (error) {
      // Another process was first: equal names mean equal contents.
      if (folder !== record.folder) await this.#destroy(this.#records.layer({ folder }));
      if (!this.#records.read(name)) throw error;
    }
    if (this.#records.read(name)?.folder === record.folder) this.#records.remove(key);
    else await this.remove(key);
  }

  /** The folder of the layer that a snapshot is, or of a new one with what a scratch layer changed. */
  async #settled(record: SnapshotRecord): Promise<string> {
    const stack = this.#stack(record);
    if (!existsSync(join(stack.folder, 'sandbox.vhdx'))) return record.folder;
    const folder = this.#records.newFolder();
    const request = { op: 'settle', stack, target: this.#records.layer({ folder }), temporary: join(this.root, 'work', folder), libraries: this.#libraries } as const;
    await layerWork(request, { helper: this.#helper });
    return folder;
  }

  async usage(name: string): Promise<SnapshotUsage> {
    const record = this.#known(name);
    return layerUsage(this.#records.layer(record), record.parent !== undefined);
  }

  async remove(name: string): Promise<void> {
    const record = this.#records.read(name);
    if (!record) return;
    const child = isChainId(name) ? [...this.#records.all()].find((other) => other.parent === name) : undefined;
    if (child) throw new CaissonError('in-use', `the snapshot ${name} is the parent of ${child.name}`);
    await this.#destroy(this.#records.layer(record));
    this.#records.remove(name);
  }

  /** Removes folders of layers that belong to no snapshot. */
  async sweep(): Promise<void> {
    for (const folder of this.#records.orphans()) await this.#destroy(folder);
  }

  async #destroy(folder: string): Promise<void> {
    // What was never made a layer is a folder like any other.
    if (['sandbox.vhdx', 'Files', 'Hives', 'UtilityVM'].some((part) => existsSync(join(folder, part)))) {
      await this.#layers.unmount(folder);
      await this.#layers.destroy(folder);
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }

  async *list(): AsyncIterable<SnapshotInfo> {
    for (const record of this.#records.all()) yield info(record);
  }

  #committed(name: Digest): SnapshotRecord {
    const record = this.#records.read(name);
    if (record?.kind !== 'committed') throw new CaissonError('not-found', `there is no snapshot ${name}`);
    return record;
  }

  #active(key: string): SnapshotRecord {
    if (isChainId(key)) throw new CaissonError('invalid-argument', `${key} is a committed snapshot: make a view of it`);
    return this.#known(key);
  }

  #known(name: string): SnapshotRecord {
    const record = this.#records.read(name);
    if (!record) throw new CaissonError('not-found', `there is no snapshot ${name}`);
    return record;
  }
}

function isChainId(name: string): boolean {
  return /^sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})$/.test(name);
}

function info({ name, kind, parent, created }: SnapshotRecord): SnapshotInfo {
  return { name, kind, ...(parent === undefined ? {} : { parent }), created: new Date(created) };
}
