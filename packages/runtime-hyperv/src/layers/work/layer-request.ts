import type { LayerCompression } from '@caisson/core';
import type { LibraryPaths } from '../../win32/library-paths.js';
import type { ExportOptions } from '../layer-exporter.js';
import type { LayerStack } from '../layer-service.js';

/** What the child is to do: the first line of its standard input; a layer's bytes follow. */
export type LayerRequest = { readonly libraries: Partial<LibraryPaths>; readonly stack: LayerStack; /** A folder that is not there yet, for its use. */ readonly temporary: string } & (
  | { readonly op: 'apply'; readonly compression: LayerCompression }
  | { readonly op: 'diff'; readonly options: ExportOptions }
  /** Makes a layer of a scratch layer's changes. */
  | { readonly op: 'settle'; readonly target: string }
);
