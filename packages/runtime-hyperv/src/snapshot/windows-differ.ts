import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, sha256, type AppliedLayer, type ApplyOptions, type Change, type Differ, type LayerCompression, type LayerSummary, type SnapshotDiffOptions } from '@caisson/core';
import { helperCommand } from '../host/places.js';
import { FilteredLayer } from '../layers/filtered-layer.js';
import { LayerChanges } from '../layers/layer-changes.js';
import { layerWork } from '../layers/work/layer-work.js';
import type { HypervOptions } from '../options.js';
import type { WindowsSnapshotter } from './windows-snapshotter.js';

/** Layers to and from the snapshots of a WindowsSnapshotter, each by a child that alone has the privileges for it. */
export class WindowsDiffer implements Differ {
  readonly #snapshotter: WindowsSnapshotter;
  readonly #options: Pick<HypervOptions, 'helper' | 'libraries'>;

  constructor(snapshotter: WindowsSnapshotter, options: Pick<HypervOptions, 'helper' | 'libraries'> = {}) {
    this.#snapshotter = snapshotter;
    this.#options = options;
  }

  async apply(layer: AsyncIterable<Uint8Array>, compression: LayerCompression, key: string, options: ApplyOptions = {}): Promise<AppliedLayer> {
    const request = { op: 'apply', stack: this.#snapshotter.stack(key), temporary: this.#temporary(key), compression, libraries: this.#options.libraries ?? {} } as const;
    return layerWork(request, { helper: this.#helper, input: layer, ...(options.signal ? { signal: options.signal } : {}) });
  }

  async diff(key: string, write: (data: Uint8Array) => void, options: SnapshotDiffOptions = {}): Promise<LayerSummary> {
    const stack = this.#snapshotter.stack(key);
    if (!existsSync(join(stack.folder, 'sandbox.vhdx'))) {
      if (stack.parents.length > 0 && !existsSync(join(stack.folder, 'Files'))) return { diffId: sha256(''), size: 0, entries: 0 };
      throw new CaissonError('invalid-argument', `nothing has been run on the snapshot ${key}: it has no changes to make a layer of`);
    }
    const clamp = {
      ...(options.clampTime ? { clampTo: Math.floor(options.clampTime.getTime() / 1000) } : {}),
      ...(options.clampFrom ? { clampFrom: Math.floor(options.clampFrom.getTime() / 1000) } : {}),
    };
    const request = { op: 'diff', stack, temporary: this.#temporary(key), options: clamp, libraries: this.#options.libraries ?? {} } as const;
    const filtered = options.exclude ? new FilteredLayer(write, options.exclude) : undefined;
    const summary = await layerWork(request, { helper: this.#helper, output: filtered ? (data) => filtered.write(data) : write, ...(options.signal ? { signal: options.signal } : {}) });
    return filtered ? filtered.finish() : summary;
  }

  async changes(key: string): Promise<readonly Change[]> {
    const { folder, parents } = this.#snapshotter.stack(key);
    if (!existsSync(join(folder, 'sandbox.vhdx'))) return [];
    const found = new LayerChanges(parents);
    await this.diff(key, (data) => found.write(data));
    return found.changes;
  }

  get #helper(): readonly string[] {
    return this.#options.helper ?? helperCommand();
  }

  /** On the same volume as the layers: the service moves what it imports. */
  #temporary(key: string): string {
    return join(this.#snapshotter.root, 'work', this.#snapshotter.stack(key).folder.replaceAll('\\', '/').split('/').at(-1) ?? '');
  }
}
