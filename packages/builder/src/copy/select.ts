import { baseName, CaissonError, displayPath, joinPath, rawPath, type RawPath } from '@caisson/core';
import type { IgnoreFilter } from '../context/ignore-filter.js';
import type { SourceFile, SourceTree } from '../source/source-tree.js';
import { compilePart, hasWildcard, unescapePattern } from './glob.js';

/** A file or folder that a COPY source stands for, with what is below it. */
export interface Selected {
  /** With symbolic links followed. */
  readonly file: SourceFile;
  /** The name under which it goes into a destination folder: of the link, where it was one. */
  readonly name: RawPath;
  /** What is below it: paths relative to it, folders before their contents. */
  readonly below: readonly SelectedFile[];
}

export interface SelectedFile {
  readonly path: RawPath;
  readonly file: SourceFile;
  /** A folder that is only on the way (`--parents`): one that the destination has keeps its mode and owner. */
  readonly onTheWay?: boolean;
}

export interface SelectOptions {
  readonly parents: boolean;
  readonly exclude: IgnoreFilter | undefined;
}

/**
 * What the sources of one COPY stand for, in their order; of a wildcard's matches, in the order of their names.
 * @throws CaissonError `not-found` that names source and tree, for a source that is not there or a pattern that matches nothing.
 */
export function selectSources(tree: SourceTree, sources: readonly string[], options: SelectOptions): Selected[] {
  const all: Selected[] = [];
  for (const source of sources) {
    const raw = rawPath(source);
    const paths = hasWildcard(raw) ? matches(tree, raw) : [unescapePattern(raw)];
    if (paths.length === 0) throw missing(tree, source);
    for (const path of paths) {
      const file = tree.lookup(path);
      if (!file) throw missing(tree, source);
      const name = baseName(normalize(path));
      if (options.parents) all.push(withParents(tree, path, file, pivotOf(raw), options.exclude));
      else if (file.type === 'directory') all.push({ file, name, below: collect(tree, file, '', options.exclude) });
      else if (!options.exclude?.ignores(displayPath(name))) all.push({ file, name, below: [] });
    }
  }
  return all;
}

/** Slashes and dots gone; `..` stops at the root, as a COPY source's does. */
export function normalize(path: RawPath): RawPath {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** How many folders of a source lie before a `./` in its middle: `--parents` does not make these. */
function pivotOf(source: RawPath): number {
  const at = source.indexOf('/./');
  return at < 0 ? 0 : normalize(source.slice(0, at)).split('/').filter(Boolean).length;
}

/** The tree's root with nothing in it but the source and the folders on the way to it. */
function withParents(tree: SourceTree, source: RawPath, file: SourceFile, pivot: number, exclude: IgnoreFilter | undefined): Selected {
  const parts = normalize(source).split('/').filter(Boolean);
  const root = tree.lookup(parts.slice(0, pivot).join('/')) ?? file;
  const kept = parts.slice(pivot);
  const below: SelectedFile[] = [];
  for (let depth = 1; depth < kept.length; depth++) {
    const folder = tree.lookup(parts.slice(0, pivot + depth).join('/'));
    if (folder) below.push({ path: kept.slice(0, depth).join('/'), file: folder, onTheWay: true });
  }
  const path = kept.join('/');
  if (path !== '' && (file.type === 'directory' || !exclude?.ignores(displayPath(path)))) below.push({ path, file });
  if (file.type === 'directory') below.push(...collect(tree, file, path, exclude));
  return { file: root, name: '', below };
}

function collect(tree: SourceTree, root: SourceFile, start: RawPath, exclude: IgnoreFilter | undefined): SelectedFile[] {
  const out: SelectedFile[] = [];
  const visit = (folder: SourceFile, prefix: RawPath): void => {
    for (const file of tree.children(folder)) {
      const path = joinPath(prefix, baseName(file.path));
      const left = exclude?.ignores(displayPath(path)) ?? false;
      if (left && (file.type !== 'directory' || !exclude?.mayReinclude(displayPath(path)))) continue;
      const place = out.push({ path, file });
      if (file.type === 'directory') visit(file, path);
      if (left && out.length === place) out.pop();
    }
  };
  visit(root, start);
  return out;
}

/** Paths that a pattern stands for. Each part of it matches one part of a path; links are followed in what stands before the first wildcard. */
function matches(tree: SourceTree, pattern: RawPath): RawPath[] {
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.');
  const first = parts.findIndex(hasWildcard);
  const wild = parts.slice(first);
  let found: RawPath[] = [parts.slice(0, first).map(unescapePattern).join('/')];
  for (const [place, part] of wild.entries()) {
    const test = compilePart(Buffer.from(part, 'latin1').toString('utf8'));
    found = found.flatMap((path) => {
      const folder = tree.lookup(path);
      if (folder?.type !== 'directory') return [];
      return tree
        .children(folder)
        .filter((file) => (place === wild.length - 1 || file.type === 'directory') && test(Buffer.from(baseName(file.path), 'latin1').toString('utf8')))
        .map((file) => joinPath(path, baseName(file.path)));
    });
  }
  return found;
}

function missing(tree: SourceTree, source: string): CaissonError {
  return new CaissonError('not-found', `${hasWildcard(source) ? 'nothing matches' : 'there is no'} ${JSON.stringify(source)} in ${tree.name}`, {
    hint: `sources are paths in ${tree.name}${tree.ownsMetadata ? '' : '; what .dockerignore leaves out is not there either'}`,
    details: { source },
  });
}
