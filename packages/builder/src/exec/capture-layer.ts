import { closeSync, fsync, openSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { fromSystemError, LayerIndexBuilder, TarReader, type Differ, type LayerIndex, type SparseMap, type TarEntry, type TarHandler } from '@caisson/core';
import type { Dates } from '../session.js';
import { ArchiveFile } from '../copy/archive-file.js';
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

/** Clocks of file systems are coarse, and may be behind by a tick. */
const clockSlackMs = 1000;

/**
 * Writes what a step changed in its snapshot as a layer into the store; gives its index, and undefined where nothing changed. Files
 * that were dated since the step began get the build's own date, on disk too: a later step sees what it would see on any other host.
 * Older dates come from archives that were unpacked, and are kept, unless SOURCE_DATE_EPOCH is older still.
 */
export async function captureLayer(differ: Differ, key: string, sink: LayerSink, dates: Dates, started: number, signal: AbortSignal): Promise<LayerIndex | undefined> {
  const path = sink.stagingPath();
  const fd = openSync(path, 'wx', 0o644);
  try {
    const indexing = new Indexing();
    const reader = new TarReader(indexing);
    const archive = new ArchiveFile(fd);
    const summary = await differ.diff(
      key,
      (data) => {
        reader.write(data);
        archive.write(data);
      },
      { signal, clampTime: new Date(dates.files * 1000), clampFrom: new Date(dates.latest === undefined ? started - clockSlackMs : dates.latest * 1000), settleTimes: true },
    );
    if (summary.entries === 0) return undefined;
    reader.end();
    archive.finish();
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
