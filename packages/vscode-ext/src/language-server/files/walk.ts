import { readdirSync, lstatSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { IgnoreFile } from '@caisson/dockerfile';

export interface WalkedFile {
  /** With slashes, relative to the context. */
  readonly path: string;
  readonly size: number;
}

export interface Walked {
  readonly files: readonly WalkedFile[];
  /** Files, and whole folders, that are left out. */
  readonly ignored: readonly string[];
  readonly truncated: boolean;
}

export interface WalkOptions {
  /** Entries after which the walk ends; a quarter of a million where not given. */
  readonly most?: number;
  readonly signal?: AbortSignal;
}

/**
 * The files that a build would get. Folders that are left out are not entered, unless a `!` pattern may bring something in them back. Works
 * in steps of one folder, with a pause now and then, so that the server answers in between.
 */
export async function walkContext(root: string, ignore: IgnoreFile, { most = 250_000, signal }: WalkOptions = {}): Promise<Walked> {
  const files: WalkedFile[] = [];
  const ignored: string[] = [];
  const folders: { path: string; ignored: boolean }[] = [{ path: '', ignored: false }];
  let seen = 0;
  let pause = Date.now() + 10;
  for (let folder = folders.pop(); folder; folder = folders.pop()) {
    for (const entry of entries(join(root, folder.path))) {
      if (++seen > most) return { files, ignored, truncated: true };
      const path = folder.path === '' ? entry.name : `${folder.path}/${entry.name}`;
      const left = ignore.ignores(path);
      if (entry.isDirectory()) {
        if (!left || ignore.mayReinclude(path)) folders.push({ path, ignored: left });
        else ignored.push(path);
      } else if (left) {
        if (!folder.ignored) ignored.push(path);
      } else files.push({ path, size: entry.isFile() ? (lstatSync(join(root, path), { throwIfNoEntry: false })?.size ?? 0) : 0 });
    }
    if (Date.now() > pause) {
      await setImmediate();
      signal?.throwIfAborted();
      pause = Date.now() + 10;
    }
  }
  return { files, ignored, truncated: false };
}

function entries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // Not readable, or gone meanwhile: a build would say so.
    return [];
  }
}
