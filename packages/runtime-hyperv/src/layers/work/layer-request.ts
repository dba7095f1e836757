import type { LayerCompression, LayerSummary } from '@caisson/core';
import type { LibraryPaths } from '../../win32/library-paths.js';
import type { ExportOptions } from '../layer-exporter.js';
import type { LayerStack } from '../layer-service.js';

/** What the child is to do: the first line of its standard input; an archive's bytes follow. */
export type LayerRequest = LayersRequest | FilesRequest;

type LayersRequest = { readonly libraries: Partial<LibraryPaths>; readonly stack: LayerStack; /** A folder that is not there yet, for its use. */ readonly temporary: string } & (
  | { readonly op: 'apply'; readonly compression: LayerCompression }
  | { readonly op: 'diff'; readonly options: ExportOptions }
  /** Makes a layer of a scratch layer's changes. */
  | { readonly op: 'settle'; readonly target: string }
);

/** Work on the files of a volume that is mounted. */
export type FilesRequest = { readonly libraries: Partial<LibraryPaths>; readonly op: 'files'; readonly volume: string; readonly path: string; /** Its name, for errors. */ readonly container: string } & (
  | { readonly action: 'stat' }
  /** Writes an archive to the file `target`. */
  | { readonly action: 'read'; readonly target: string }
  | { readonly action: 'write'; readonly keepTypes: boolean }
);

/** PathStat, as it comes over a pipe. */
export interface FilesStat {
  readonly name: string;
  readonly size: number;
  readonly mode: number;
  /** Milliseconds since 1970. */
  readonly modified: number;
  readonly linkTarget: string;
}

export type LayerAnswer<R extends LayerRequest> = R extends LayersRequest ? LayerSummary : R extends { readonly action: 'write' } ? undefined : FilesStat;
