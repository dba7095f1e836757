import { applyLayer, diffDirectory, lowerDirectories, type ApplyOptions, overlayChanges, type AppliedLayer, type Change, type Differ, type Digest, type LayerIndex, type LayerCompression, type SnapshotDiffOptions } from '@caisson/core';
import { verifyFiles } from './verify-files.js';
import { loadSyscalls } from '../syscalls.js';
import type { OverlaySnapshotter } from './overlay-snapshotter.js';

/** Layers to and from the folders of an overlay snapshotter: nothing is mounted for it. */
export class LinuxDiffer implements Differ {
  readonly #snapshotter: OverlaySnapshotter;

  constructor(snapshotter: OverlaySnapshotter) {
    this.#snapshotter = snapshotter;
  }

  async apply(layer: AsyncIterable<Uint8Array>, compression: LayerCompression, key: string, options: ApplyOptions = {}): Promise<AppliedLayer> {
    const { upper, lowers } = this.#snapshotter.layers(key);
    const syscalls = loadSyscalls();
    const { index, entries } = await applyLayer(layer, compression, upper, {
      mode: 'overlay',
      overlayXattrs: this.#snapshotter.xattrs,
      lower: lowerDirectories(lowers, syscalls),
      syscalls,
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.onSkipped ? { onSkipped: options.onSkipped } : {}),
    });
    return { diffId: index.diffId, size: index.size, entries, index };
  }

  async changes(key: string): Promise<readonly Change[]> {
    const { upper, lowers } = this.#snapshotter.layers(key);
    return [...overlayChanges(upper, lowerDirectories(lowers, loadSyscalls()))];
  }

  async verify(name: Digest, layer: LayerIndex, options: { contents?: boolean; signal?: AbortSignal } = {}): Promise<string | undefined> {
    return verifyFiles(this.#snapshotter.filesOf(name), layer, options);
  }

  async diff(key: string, write: (data: Uint8Array) => void, options: SnapshotDiffOptions = {}): Promise<AppliedLayer> {
    const { upper } = this.#snapshotter.layers(key);
    const index = diffDirectory(upper, write, { syscalls: loadSyscalls(), ...options });
    return { diffId: index.diffId, size: index.size, entries: index.length, index };
  }
}
