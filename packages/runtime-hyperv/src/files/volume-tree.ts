import { lstatSync, readlinkSync, type Stats } from 'node:fs';
import { isCaissonError, systemCode } from '@caisson/core';
import { attribute } from '../layers/file-info.js';
import { isName } from '../layers/layer-path.js';
import type { BackupFiles, FileHandle } from '../win32/files.js';
import { linkTarget, type VolumePath } from './volume-path.js';

/** What a walk needs of BackupFiles. */
export type PinnedFiles = Pick<BackupFiles, 'pin' | 'info' | 'close'>;

/** A name that was found, in a folder that is pinned until its tree goes elsewhere. */
export interface Found {
  /** For node:fs; the last part is not followed. */
  readonly location: string;
  /** From the root, free of links. */
  readonly names: readonly string[];
  readonly stat: Stats;
}

const maxLinks = 40;

/**
 * Finds paths in a container's volume, which the container may be changing. Each folder on the way is held open without the right to rename
 * or remove it, and looked at through that handle, so that what was a folder is not a link by the time that it is passed; links are followed
 * by walking their targets from the root. Nothing outside of the volume is reached.
 */
export class VolumeTree implements Disposable {
  readonly #root: string;
  readonly #files: PinnedFiles;
  readonly #separator: string;
  readonly #pinned: { readonly name: string; readonly handle: FileHandle }[] = [];

  /** @param root the path of the volume. `separator`: the host's */
  constructor(root: string, files: PinnedFiles, separator = '\\') {
    this.#root = root.endsWith(separator) ? root : `${root}${separator}`;
    this.#files = files;
    this.#separator = separator;
  }

  /** The folder that the tree is at. */
  get names(): string[] {
    return this.#pinned.map(({ name }) => name);
  }

  /** Of a name in the folder that the tree is at; of that folder itself without one. */
  location(name?: string): string {
    return `${this.#root}${(name === undefined ? this.names : [...this.names, name]).join(this.#separator)}`;
  }

  /** Undefined where there is nothing. A link at the end is followed only where the path says that a folder is meant. */
  find({ names, meansFolder }: VolumePath): Found | undefined {
    const last = names.at(-1);
    if (meansFolder || last === undefined || last === '..') return this.enter(names) ? this.look() : undefined;
    return this.enter(names.slice(0, -1)) ? this.look(last) : undefined;
  }

  /** Where a link leads that was found; undefined where there is nothing, or nothing on this volume. */
  follow(found: Found): Found | undefined {
    let at: Found | undefined = found;
    for (let links = 0; at?.stat.isSymbolicLink(); links++) {
      const target: ReturnType<typeof linkTarget> = links < maxLinks ? linkTarget(readlinkSync(at.location), this.#root) : undefined;
      at = target && this.find({ names: [...(target.fromRoot ? [] : at.names.slice(0, -1)), ...target.names], meansFolder: false });
    }
    return at;
  }

  /** Goes to a folder, all links on the way followed; `make` makes one that is missing. False where there is none. */
  enter(names: readonly string[], make?: (location: string) => void): boolean {
    this.#leaveTo(this.#common(names));
    const pending = names.slice(this.#pinned.length).toReversed();
    let links = 0;
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      if (name === '..') {
        this.#leaveTo(Math.max(this.#pinned.length - 1, 0));
        continue;
      }
      const step = this.#step(name, make);
      if (step === 'entered') continue;
      const target = step === 'missing' || ++links > maxLinks ? undefined : linkTarget(step.link, this.#root);
      if (!target) return false;
      if (target.fromRoot) this.#leaveTo(0);
      pending.push(...target.names.toReversed());
    }
    return true;
  }

  /** Into a folder right below for the time of `use`, which comes back to where it began. Quietly nothing where it is no folder any more. */
  within(name: string, use: () => void): void {
    if (this.#step(name) !== 'entered') return;
    use();
    this.#leaveTo(this.#pinned.length - 1);
  }

  /** What a name in this folder is; this folder itself without one. */
  look(name?: string): Found | undefined {
    if (name !== undefined && !isName(name)) return undefined;
    const location = this.location(name);
    try {
      return { location, names: name === undefined ? this.names : [...this.names, name], stat: lstatSync(location) };
    } catch (error) {
      if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
      throw error;
    }
  }

  #step(name: string, make?: (location: string) => void): 'entered' | 'missing' | { readonly link: string } {
    if (!isName(name)) return 'missing';
    const location = this.location(name);
    let handle = this.#pin(location);
    if (handle === undefined && make) {
      make(location);
      handle = this.#pin(location);
    }
    if (handle === undefined) return 'missing';
    const { attributes } = this.#files.info(handle);
    if (attributes & attribute.directory && !(attributes & attribute.reparsePoint)) {
      this.#pinned.push({ name, handle });
      return 'entered';
    }
    try {
      return attributes & attribute.reparsePoint ? { link: readlinkSync(location) } : 'missing';
    } catch {
      return 'missing'; // a reparse point of another kind
    } finally {
      this.#files.close(handle);
    }
  }

  /** Undefined where there is nothing. */
  #pin(location: string): FileHandle | undefined {
    try {
      return this.#files.pin(location);
    } catch (error) {
      if (isCaissonError(error, 'not-found')) return undefined;
      throw error;
    }
  }

  /** How many of these names the tree has entered already. */
  #common(names: readonly string[]): number {
    let common = 0;
    while (common < this.#pinned.length && this.#pinned[common]?.name === names[common]) common++;
    return common;
  }

  #leaveTo(depth: number): void {
    while (this.#pinned.length > depth) {
      const folder = this.#pinned.pop();
      if (folder) this.#files.close(folder.handle);
    }
  }

  [Symbol.dispose](): void {
    this.#leaveTo(0);
  }
}
