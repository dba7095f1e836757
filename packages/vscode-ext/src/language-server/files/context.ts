import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseIgnore, type IgnoreFile } from '@caisson/dockerfile';

/** What a build of a Dockerfile gets: a folder, and what an ignore file leaves out of it. */
export interface BuildContext {
  readonly folder: string;
  readonly ignoreFile?: string;
  readonly ignore: IgnoreFile;
}

/** The path of a `file:` URI; undefined for documents that are on no disk. */
export function pathOf(uri: string): string | undefined {
  if (!uri.startsWith('file:')) return undefined;
  try {
    return fileURLToPath(uri);
  } catch {
    return undefined;
  }
}

export function isIgnoreFile(uri: string): boolean {
  return uri.endsWith('.dockerignore');
}

export interface ContextOptions {
  /** From the settings; relative to `root`. */
  readonly configured?: string;
  /** Where the last build of the Dockerfile had its context. */
  readonly lastUsed?: string;
  /** The workspace folder. */
  readonly root?: string;
}

/** The context's folder for a Dockerfile, an ignore file or a folder: what is configured, what the last build had, or where the file is. */
export function contextFolder(path: string, { configured, lastUsed, root }: ContextOptions = {}): string {
  if (configured) return isAbsolute(configured) ? configured : resolve(root ?? dirname(path), configured);
  if (lastUsed !== undefined) return lastUsed;
  return isFolder(path) ? path : dirname(path);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/**
 * Reads the ignore file as a build does: the Dockerfile's own comes before the context's.
 * `open` gives the text of documents that are being edited.
 */
export function readContext(path: string, folder: string, open: (path: string) => string | undefined): BuildContext {
  const own = isIgnoreFile(path) ? [path] : isFolder(path) ? [] : [join(dirname(path), `${basename(path)}.dockerignore`)];
  for (const ignoreFile of [...own, join(folder, '.dockerignore')]) {
    const text = open(ignoreFile) ?? read(ignoreFile);
    if (text !== undefined) return { folder, ignoreFile, ignore: parseIgnore(text) };
  }
  return { folder, ignore: parseIgnore('') };
}

function read(path: string): string | undefined {
  try {
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  } catch {
    // Not readable: the build will say so.
    return undefined;
  }
}
