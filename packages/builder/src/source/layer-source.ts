import { CaissonError, displayPath, type Digest, type LayerIndex, type LayerTree, type RawPath, type TreeEntry } from '@caisson/core';
import type { FileContent, SourceFile, SourceTree } from './source-tree.js';

/** What of layers lies on this host: their uncompressed archives, made from the compressed ones where need be. */
export interface LayerFiles {
  /** Path of the uncompressed archive. */
  archive(diffId: Digest, signal: AbortSignal | undefined): Promise<string>;
  /** The index with the digests of the files' contents. */
  digestedIndex(diffId: Digest, signal: AbortSignal | undefined): Promise<LayerIndex>;
}

/** The root file system of a stage or an image as a source of files, read from its layers without unpacking them. */
export class LayerSource implements SourceTree {
  readonly name: string;
  readonly ownsMetadata = true;
  readonly describesRoot: boolean;
  readonly #tree: LayerTree;
  readonly #files: LayerFiles;
  readonly #digests = new Map<string, string>();
  readonly #archives = new Map<number, string>();

  /** `unpacked` for an archive, not for the root file system of a stage or image. */
  constructor(name: string, tree: LayerTree, files: LayerFiles, { unpacked = false }: { unpacked?: boolean } = {}) {
    this.name = name;
    this.describesRoot = unpacked && (tree.lookup('')?.layer ?? -1) >= 0;
    this.#tree = tree;
    this.#files = files;
  }

  lookup(path: RawPath): TreeEntry | undefined {
    return this.#tree.lookup(path);
  }

  children(folder: SourceFile): readonly TreeEntry[] {
    return this.#tree.children(folder.path);
  }

  async prepareDigests(files: readonly SourceFile[], signal: AbortSignal | undefined): Promise<void> {
    const bare = new Map<number, TreeEntry[]>();
    for (const file of files as readonly TreeEntry[]) {
      if (file.type !== 'file') continue;
      if (file.digest) this.#digests.set(file.inode, Buffer.from(file.digest.slice('sha256:'.length), 'hex').toString('latin1'));
      else if (!this.#digests.has(file.inode)) bare.set(file.layer, [...(bare.get(file.layer) ?? []), file]);
    }
    for (const [layer, entries] of bare) {
      const diffId = this.#tree.layers[layer]?.diffId;
      if (!diffId) continue;
      const { columns } = await this.#files.digestedIndex(diffId, signal);
      for (const { inode } of entries) {
        const at = Number(inode.slice(inode.indexOf(':') + 1)) * 32;
        this.#digests.set(inode, Buffer.from(columns.digests?.subarray(at, at + 32) ?? new Uint8Array(32)).toString('latin1'));
      }
    }
  }

  digest(file: SourceFile): string {
    const digest = this.#digests.get((file as TreeEntry).inode);
    if (!digest) throw new CaissonError('internal', `no digest was taken of ${displayPath(file.path)}`);
    return digest;
  }

  async prepareContent(files: readonly SourceFile[], signal: AbortSignal | undefined): Promise<void> {
    for (const { layer, type } of files as readonly TreeEntry[]) {
      const diffId = this.#tree.layers[layer]?.diffId;
      if (diffId && type === 'file' && !this.#archives.has(layer)) this.#archives.set(layer, await this.#files.archive(diffId, signal));
    }
  }

  content(file: SourceFile): FileContent {
    const { layer, offset, sparse } = file as TreeEntry;
    const path = this.#archives.get(layer);
    if (path === undefined) throw new CaissonError('internal', `the layer of ${displayPath(file.path)} was not made ready`);
    return { path, offset, ...(sparse ? { sparse } : {}) };
  }
}
