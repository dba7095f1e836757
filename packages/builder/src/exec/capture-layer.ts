import { closeSync, createReadStream, fsync, openSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { fromSystemError, indexLayer, type Differ, type LayerIndex } from '@caisson/core';
import type { Dates } from '../session.js';
import { ArchiveFile } from '../copy/archive-file.js';
import type { LayerSink } from '../copy/write-layer.js';

const syncFile = promisify(fsync);

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
    const archive = new ArchiveFile(fd);
    const summary = await differ.diff(
      key,
      (data) => archive.write(data),
      { signal, clampTime: new Date(dates.files * 1000), clampFrom: new Date(dates.latest === undefined ? started - clockSlackMs : dates.latest * 1000), settleTimes: true },
    );
    if (summary.entries === 0) return undefined;
    archive.finish();
    await syncFile(fd).catch((error: unknown) => {
      throw fromSystemError(error, 'writing a layer');
    });
    const index = summary.index ?? (await indexLayer(createReadStream(path), 'none', { signal }));
    await sink.adopt(path, summary.diffId);
    return index;
  } finally {
    closeSync(fd);
    rmSync(path, { force: true });
  }
}
