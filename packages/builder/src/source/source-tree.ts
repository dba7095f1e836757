import type { Digest, EntryType, RawPath, SparseMap, Xattrs } from '@caisson/core';

/** A file that COPY or ADD can take. */
export interface SourceFile {
  /** Relative to the tree's root and clean. */
  readonly path: RawPath;
  /** Hard links are what they lead to. */
  readonly type: Exclude<EntryType, 'hardlink'>;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly size: number;
  readonly mtime: number;
  readonly mtimeNs: number;
  /** Of a symbolic link. */
  readonly linkname: RawPath;
  readonly devmajor: number;
  readonly devminor: number;
  readonly xattrs: Xattrs | undefined;
  /** Equal for several names of one file; undefined for a file that has one name only. */
  readonly inode: string | undefined;
}

/** Where a file's bytes lie: a file of the host, or a part of one. */
export interface FileContent {
  readonly path: string | Buffer;
  readonly offset: number;
  /** Which parts of a sparse file lie there, one after the other: start and length, in turn. */
  readonly sparse?: SparseMap;
  /** Checked after reading: the file is still what it was when its digest was taken. */
  readonly state?: { readonly mtimeMs: number; readonly ctimeMs: number; readonly size: number };
}

/**
 * What COPY and ADD read from: the build context, another stage, an image, an unpacked archive. Nothing is read before it is asked for.
 * Paths are relative to the root, and symbolic links on the way never lead out of it.
 */
export interface SourceTree {
  /** For messages: `the build context`, `stage build`. */
  readonly name: string;
  /** True where owners, times and xattrs of the files mean something in an image; the context's do not. */
  readonly ownsMetadata: boolean;
  /** True for an archive that says what its root is like: the folder that it is unpacked into becomes so. */
  readonly describesRoot?: boolean;
  /** The file of this path, with links followed; undefined for none. @throws CaissonError where a link leads out of the tree. */
  lookup(path: RawPath): SourceFile | undefined;
  /** What a folder holds, bytewise by name; links are not followed. */
  children(folder: SourceFile): readonly SourceFile[];
  /** Takes the digests of files that lack one. */
  prepareDigests(files: readonly SourceFile[], signal: AbortSignal | undefined): Promise<void>;
  /** sha256 of a file's content after `prepareDigests`, as a binary string of 32 units: of many files it takes a fifth of what buffers do. */
  digest(file: SourceFile): string;
  /**
   * What `remember` was told of the selection of this name in an earlier build, if all that it looked at is as it was. Absent where looking
   * again is as cheap.
   */
  recall?(selection: string): Digest | undefined;
  /** Notes what a selection came to. */
  remember?(selection: string, digest: Digest): void;
  /** For reading the contents of files that have been chosen. */
  prepareContent(files: readonly SourceFile[], signal: AbortSignal | undefined): Promise<void>;
  /** After `prepareContent`. */
  content(file: SourceFile): FileContent;
}
