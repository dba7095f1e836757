import { displayPath, type RawPath } from '@caisson/core';
import type { IgnoreFilter } from '../context/ignore-filter.js';
import type { FileContent, SourceFile, SourceTree } from './source-tree.js';

/** An archive or a checkout as a build context: without what `.dockerignore` leaves out, and without owners and times. */
export class FilteredSource implements SourceTree {
  readonly name: string;
  readonly ownsMetadata = false;
  readonly #inner: SourceTree;
  readonly #ignore: IgnoreFilter;

  constructor(name: string, inner: SourceTree, ignore: IgnoreFilter) {
    this.name = name;
    this.#inner = inner;
    this.#ignore = ignore;
  }

  lookup(path: RawPath): SourceFile | undefined {
    const file = this.#inner.lookup(path);
    return file && (file.path === '' || this.#visible(file)) ? file : undefined;
  }

  children(folder: SourceFile): readonly SourceFile[] {
    return this.#inner.children(folder).filter((file) => this.#visible(file));
  }

  prepareDigests(files: readonly SourceFile[], signal: AbortSignal | undefined): Promise<void> {
    return this.#inner.prepareDigests(files, signal);
  }

  digest(file: SourceFile): string {
    return this.#inner.digest(file);
  }

  prepareContent(files: readonly SourceFile[], signal: AbortSignal | undefined): Promise<void> {
    return this.#inner.prepareContent(files, signal);
  }

  content(file: SourceFile): FileContent {
    return this.#inner.content(file);
  }

  #visible(file: SourceFile): boolean {
    const path = displayPath(file.path);
    if (!this.#ignore.ignores(path)) return true;
    return file.type === 'directory' && this.#ignore.mayReinclude(path) && this.children(file).length > 0;
  }
}
