import type { FileInfo } from './file-info.js';
import type { LayerPath } from './layer-path.js';

/**
 * Makes a layer of files as they come: `add` one, `write` its backup stream in pieces, then the next. `link` and `remove` stand between
 * files. `finish` makes it whole and usable; `close` gives back what is open, whether it was finished or not.
 */
export interface LayerWriter {
  add(file: LayerPath, info: FileInfo, kind: FileKind): void;
  /** A piece of the backup stream of the file that was added last. */
  write(data: Uint8Array): void;
  link(file: LayerPath, target: LayerPath): void;
  /** Takes away what the layers below have there. */
  remove(file: LayerPath): void;
  finish(): Promise<void>;
  close(): void;
}

/** A reparse point may be a file or a folder; nothing is ever put below it. */
export interface FileKind {
  readonly directory: boolean;
  readonly reparsePoint: boolean;
}
