import { DockerfileError, type Problem } from '../source.js';
import { IgnorePattern } from './pattern.js';

export interface IgnoreFile {
  readonly patterns: readonly IgnorePattern[];
  readonly errors: readonly Problem[];
  /** Whether a path (slashes, relative to the context, no leading `./`) stays out of the context. */
  ignores(path: string): boolean;
  /** For an ignored folder: whether a `!` pattern may bring back something below it, so that it must be walked all the same. */
  mayReinclude(folder: string): boolean;
}

export interface ParseIgnoreOptions {
  readonly file?: string;
}

/**
 * Parses a `.dockerignore` with the meaning of moby's ignorefile and patternmatcher: the last pattern that matches the path or one of
 * its folders decides. Bad patterns are in `errors` and match nothing. Never throws.
 */
export function parseIgnore(text: string, options: ParseIgnoreOptions = {}): IgnoreFile {
  const patterns: IgnorePattern[] = [];
  const errors: Problem[] = [];
  let offset = 0;
  for (const [index, raw] of text.split('\n').entries()) {
    const start = { line: index + 1, column: 1, offset };
    const end = { line: index + 1, column: raw.length + 1, offset: offset + raw.length };
    offset += raw.length + 1;
    const line = index === 0 ? raw.replace(/^\ufeff/, '') : raw;
    try {
      const pattern = parseLine(line);
      if (pattern) patterns.push(pattern);
    } catch (error) {
      if (!(error instanceof DockerfileError)) throw error;
      const range = options.file === undefined ? { start, end } : { file: options.file, start, end };
      errors.push({ code: error.code, message: error.message, range, ...(error.hint !== undefined && { hint: error.hint }) });
    }
  }
  return new IgnoreMatcher(patterns, errors);
}

/** A matcher of given patterns, as `--exclude` of COPY and ADD uses them. @throws DockerfileError `arguments` */
export function ignorePatterns(patterns: readonly string[]): IgnoreFile {
  return new IgnoreMatcher(
    patterns.flatMap((text) => parseLine(text, false) ?? []),
    [],
  );
}

function parseLine(line: string, comments = true): IgnorePattern | undefined {
  if (comments && line.startsWith('#')) return undefined;
  let text = line.trim();
  if (text === '') return undefined;
  const exclusion = text.startsWith('!');
  if (exclusion) text = text.slice(1).trim();
  if (text === '') throw new DockerfileError('arguments', 'illegal exclusion pattern: "!"', { hint: 'write the pattern after the !' });
  text = clean(text);
  if (text.length > 1 && text.startsWith('/')) text = text.slice(1);
  return new IgnorePattern(text, exclusion);
}

/** Go's path.Clean. */
function clean(path: string): string {
  const absolute = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts[parts.length - 1] !== '..') parts.pop();
    else if (!absolute) parts.push(part);
  }
  return (absolute ? '/' : '') + parts.join('/') || '.';
}

const remembered = 2048;

class IgnoreMatcher implements IgnoreFile {
  readonly patterns: readonly IgnorePattern[];
  readonly errors: readonly Problem[];
  private readonly hasExclusions: boolean;
  /** For each folder seen, which patterns match it or a folder above it. */
  private readonly folders = new Map<string, Uint8Array>();

  constructor(patterns: readonly IgnorePattern[], errors: readonly Problem[]) {
    this.patterns = patterns;
    this.errors = errors;
    this.hasExclusions = patterns.some((pattern) => pattern.exclusion);
  }

  ignores(path: string): boolean {
    if (this.patterns.length === 0) return false;
    const slash = path.lastIndexOf('/');
    const above = slash > 0 ? this.folder(path.slice(0, slash)) : undefined;
    let ignored = false;
    for (const [index, pattern] of this.patterns.entries()) {
      if (pattern.exclusion !== ignored) continue;
      if (above?.[index] === 1 || pattern.matches(path)) ignored = !ignored;
    }
    return ignored;
  }

  mayReinclude(folder: string): boolean {
    return this.hasExclusions && this.patterns.some((pattern) => pattern.exclusion && pattern.reachesBelow(folder));
  }

  private folder(path: string): Uint8Array {
    let known = this.folders.get(path);
    if (known) return known;
    known = new Uint8Array(this.patterns.length);
    for (let end = path.indexOf('/'); ; end = path.indexOf('/', end + 1)) {
      const part = end < 0 ? path : path.slice(0, end);
      const seen = this.folders.get(part);
      for (const [index, pattern] of this.patterns.entries()) if (known[index] === 0 && (seen ? seen[index] === 1 : pattern.matches(part))) known[index] = 1;
      if (!seen) {
        if (this.folders.size >= remembered) this.folders.clear();
        this.folders.set(part, known.slice());
      }
      if (end < 0) return known;
    }
  }
}
