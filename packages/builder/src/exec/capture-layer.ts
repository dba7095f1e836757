import { closeSync, fsync, openSync, rmSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { fromSystemError, LayerIndexBuilder, TarReader, type Differ, type LayerIndex, type SparseMap, type TarEntry, type TarHandler } from '@caisson/core';
import type { Dates } from '../session.js';
import type { LayerSink } from '../copy/write-layer.js';

const syncFile = promisify(fsync);

class Indexing implements TarHandler {
  readonly builder = new LayerIndexBuilder();
  entry(entry: TarEntry, offset: number, sparse: SparseMap | undefined): void {
    this.builder.add(entry, offset, sparse);
  }
  data(): void {}
  hole(): void {}
  endEntry(): void {}
}

/** Writes what a step changed in its snapshot as a layer into the store; gives its index, and undefined where nothing changed. */
export async function captureLayer(differ: Differ, key: string, sink: LayerSink, dates: Dates, signal: AbortSignal): Promise<LayerIndex | undefined> {
  const path = sink.stagingPath();
  const fd = openSync(path, 'wx', 0o644);
  try {
    const indexing = new Indexing();
    const reader = new TarReader(indexing);
    const summary = await differ.diff(
      key,
      (data) => {
        reader.write(data);
        try {
          for (let at = 0; at < data.length; ) at += writeSync(fd, data, at);
        } catch (error) {
          throw fromSystemError(error, 'writing a layer');
        }
      },
      { signal, clampTime: new Date(dates.files * 1000) },
    );
    if (summary.entries === 0) return undefined;
    reader.end();
    await syncFile(fd).catch((error: unknown) => {
      throw fromSystemError(error, 'writing a layer');
    });
    await sink.adopt(path, summary.diffId);
    return indexing.builder.finish(summary.diffId, summary.size);
  } finally {
    closeSync(fd);
    rmSync(path, { force: true });
  }
}
