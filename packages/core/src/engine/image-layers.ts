import type { ChangeKind } from '../layers/tree/layer-changes.js';
import type { Digest } from '../model/digest.js';
import type { Platform } from '../model/platform.js';

/**
 * How an image came to be and what is in it, layer by layer, without a container and without unpacking anything: tables of contents are
 * made of layers once and kept. The layer history of the editor and `image files`, `image diff` and `history` are all this.
 */
export interface ImageLayers {
  /** Every step of the image's history, the lowest first, each with the layer that it made if it made one. */
  layers(nameOrId: string, options?: OnePlatform): Promise<readonly ImageLayer[]>;
  /**
   * What is in the image; with `layer`, only what that layer changed of those below it. The answer is a view that is asked for one folder
   * at a time.
   * @throws CaissonError `not-found` for the image, the layer, and for layers that have not been pulled; `unsupported` for those of other systems
   */
  files(nameOrId: string, options?: OnePlatform & { readonly layer?: number }): Promise<ImageFiles>;
  /** A file's bytes; with `layer`, as the image is with that layer on top. Links are followed, within the image. @throws CaissonError `not-found`, `invalid-argument` for what is no file */
  readFile(nameOrId: string, path: string, options?: OnePlatform & { readonly layer?: number }): Promise<{ readonly file: ImageFile; readonly data: AsyncIterable<Uint8Array> }>;
  /** What differs between two images: how to come from `a` to `b`. */
  compare(a: string, b: string, options?: OnePlatform): Promise<ImageComparison>;
}

export interface OnePlatform {
  readonly platform?: Platform;
  readonly signal?: AbortSignal;
}

export interface ImageLayer {
  /** Its number among the layers, 0 the lowest: `layer` of the calls that take one. Undefined for a step that made no layer. */
  readonly index: number | undefined;
  /** True for a step that only changed the config. */
  readonly empty: boolean;
  /** Of the blob as stored or pulled. */
  readonly digest: Digest | undefined;
  readonly diffId: Digest | undefined;
  readonly mediaType: string | undefined;
  /** Bytes of the blob; 0 for an empty one. */
  readonly size: number;
  /** The instruction that made it, as the history has it; empty where it says nothing. */
  readonly createdBy: string;
  readonly created: Date | undefined;
  readonly comment: string;
}

/** A view of files: one folder at a time, from memory. */
export interface ImageFiles {
  readonly totals: FileTotals;
  /**
   * What is in a folder, sorted by name; `''` or `/` is the root. Folders that a layer merely passes through are shown in its view with no
   * `change`. @throws CaissonError `not-found`, `invalid-argument` for what is no folder
   */
  children(path: string): Promise<readonly ImageFile[]>;
}

export interface FileTotals {
  /** Files, links, devices and folders in view; what was deleted is not counted. */
  readonly entries: number;
  /** Bytes of the files in view. */
  readonly bytes: number;
  /** Of one layer; of a whole image the sums over all its layers. */
  readonly added: number;
  readonly changed: number;
  readonly deleted: number;
  /** Bytes of files in lower layers that were replaced or deleted: they are in the image without use. */
  readonly wastedBytes: number;
}

export type ImageFileType = 'file' | 'directory' | 'symlink' | 'char' | 'block' | 'fifo';

export interface ImageFile {
  /** For people, and to be given back: bytes that are no UTF-8 are written `\xNN`. */
  readonly name: string;
  /** From the root, without a slash in front. */
  readonly path: string;
  readonly type: ImageFileType;
  /** Bytes of a file; of a folder the sum of what is in view below it. */
  readonly size: number;
  /** Permissions with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modified: Date;
  /** Of a symbolic link. */
  readonly linkTarget: string;
  /** Number of the layer that the file, as it is, came with; of a deleted one, the layer that it came with before. */
  readonly layer: number | undefined;
  /** In a layer's view: what the layer did. Absent in an image's view. */
  readonly change?: ChangeKind;
  /** Bytes that the layer, or (in an image's view) all layers together, made useless at this path and below. */
  readonly wastedBytes: number;
}

export interface ImageComparison {
  /** In tree order. */
  readonly changes: readonly ImageChange[];
  /** Layers that both begin with. */
  readonly sharedLayers: number;
  /** Fields of the config that differ, as JSON values. */
  readonly config: readonly { readonly field: string; readonly before: unknown; readonly after: unknown }[];
}

export interface ImageChange {
  readonly path: string;
  readonly kind: ChangeKind;
  readonly type: ImageFileType;
  /** Bytes before and after; 0 where there is none. */
  readonly before: number;
  readonly after: number;
}
