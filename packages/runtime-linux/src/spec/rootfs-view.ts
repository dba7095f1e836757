import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, type Mount } from '@caisson/core';
import { lowerFolders, optionValue } from '../snapshot/overlay-mount.js';
import { loadSyscalls } from '../syscalls.js';

const MAX_LINKS = 40;

/**
 * Reads files of a root file system that is not mounted: through the layers of its overlay, topmost first, as the kernel would show them.
 * Symbolic links and `..` are followed inside it only. For a root file system that no process has: links could otherwise be changed
 * between two steps.
 */
export class RootfsView {
  readonly #layers: readonly string[];

  constructor(layers: readonly string[]) {
    this.#layers = layers;
  }

  /** Undefined for mounts of a kind that cannot be looked into. */
  static of(mounts: readonly Mount[]): RootfsView | undefined {
    const [mount] = mounts;
    if (!mount || mounts.length !== 1) return undefined;
    if (mount.type === 'bind' || mount.options.includes('bind') || mount.options.includes('rbind')) return new RootfsView([mount.source]);
    if (mount.type !== 'overlay') return undefined;
    const upper = optionValue(mount, 'upperdir');
    return new RootfsView([...(upper === undefined ? [] : [upper]), ...lowerFolders(mount)]);
  }

  /** The text of a regular file; undefined where there is none. @throws CaissonError `limit-exceeded`, `invalid-content` for a loop of links */
  readText(path: string, maxBytes: number): string | undefined {
    const found = this.#resolve(path);
    if (!found?.stat.isFile()) return undefined;
    const fd = openSync(found.real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { size } = fstatSync(fd);
      if (size > maxBytes) throw new CaissonError('limit-exceeded', `${path} of the image is larger than ${maxBytes} bytes`);
      const buffer = Buffer.allocUnsafe(size);
      return buffer.toString('utf8', 0, readSync(fd, buffer, 0, size, 0));
    } finally {
      closeSync(fd);
    }
  }

  #resolve(path: string): { real: string; stat: Stats } | undefined {
    const todo = path.split('/').reverse();
    const at: string[] = [];
    let found: { real: string; stat: Stats } | undefined;
    for (let links = 0; todo.length > 0; ) {
      const part = todo.pop() ?? '';
      if (part === '' || part === '.') continue;
      if (part === '..') {
        at.pop();
        continue;
      }
      found = this.#look([...at, part]);
      if (!found) return undefined;
      if (found.stat.isSymbolicLink()) {
        if (++links > MAX_LINKS) throw new CaissonError('invalid-content', `too many symbolic links in the image at ${path}`);
        const target = readlinkSync(found.real);
        if (target.startsWith('/')) at.length = 0;
        todo.push(...target.split('/').reverse());
      } else if (todo.some((rest) => rest !== '' && rest !== '.') && !found.stat.isDirectory()) return undefined;
      else at.push(part);
    }
    return at.length > 0 ? this.#look(at) : undefined;
  }

  /** The topmost layer's view of a path without links on the way. */
  #look(parts: readonly string[]): { real: string; stat: Stats } | undefined {
    for (const [index, layer] of this.#layers.entries()) {
      let real = layer;
      for (const [depth, part] of parts.entries()) {
        real = join(real, part);
        const stat = lstatSync(real, { throwIfNoEntry: false });
        if (!stat) {
          if (this.#opaqueAbove(layer, parts.slice(0, depth), index)) return undefined;
          break;
        }
        if (stat.isCharacterDevice() && stat.rdev === 0) return undefined; // a whiteout
        if (depth === parts.length - 1) return { real, stat };
        if (!stat.isDirectory()) return undefined; // hides a folder of the layers below
      }
    }
    return undefined;
  }

  /** Whether one of these folders hides all that the layers below have in it. */
  #opaqueAbove(layer: string, parts: readonly string[], index: number): boolean {
    if (parts.length === 0 || index === this.#layers.length - 1) return false;
    const syscalls = loadSyscalls();
    return parts.some((_, end) => {
      const path = join(layer, ...parts.slice(0, end + 1));
      const value = syscalls.lgetxattr(path, 'trusted.overlay.opaque') ?? syscalls.lgetxattr(path, 'user.overlay.opaque');
      return value !== undefined && Buffer.from(value).toString() === 'y';
    });
  }
}
