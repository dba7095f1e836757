import { closeSync, fstatSync, readdirSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { isCaissonError, rawPath, tarEntry, TarWriter, type TarEntry } from '@caisson/core';
import { attribute } from '../layers/file-info.js';
import type { BackupFiles } from '../win32/files.js';
import { descriptorOf } from '../win32/handle-stream.js';
import type { Found, VolumeTree } from './volume-tree.js';

const piece = 256 * 1024;
/** Windows has no such bits: docker gives these. */
const permissions = 0o755;

/** The type and permissions of a file, as stat(2) has them. */
export function modeOf(stat: Stats): number {
  return (stat.mode & 0o170000) | permissions;
}

/**
 * A plain tar of what is at a path of a container's volume, as docker makes it: without security descriptors and streams, and with links
 * as links. What goes away meanwhile is left out.
 */
export class TreeReader {
  readonly #tree: VolumeTree;
  readonly #files: BackupFiles;
  readonly #tar: TarWriter;

  constructor(tree: VolumeTree, files: BackupFiles, write: (data: Uint8Array) => void) {
    this.#tree = tree;
    this.#files = files;
    this.#tar = new TarWriter(write);
  }

  /** @param name of its entry; what is below it is below that */
  archive(found: Found, name: string): void {
    if (!found.stat.isDirectory()) this.#other(found, name);
    else if (this.#tree.enter(found.names)) this.#folder(name, found.stat);
    this.#tar.finish();
  }

  #folder(path: string, stat: Stats): void {
    this.#tar.add(entryOf(path, 'directory', stat));
    for (const name of readdirSync(this.#tree.location()).sort()) {
      const child = this.#tree.look(name);
      if (!child) continue;
      const full = path === '/' ? name : `${path}/${name}`;
      if (child.stat.isDirectory()) this.#tree.within(name, () => this.#folder(full, child.stat));
      else this.#other(child, full);
    }
  }

  #other({ location, stat }: Found, path: string): void {
    if (stat.isSymbolicLink()) this.#tar.add({ ...entryOf(path, 'symlink', stat), linkname: rawPath(readlinkSync(location).replaceAll('\\', '/')) });
    else if (stat.isFile()) this.#file(location, path);
  }

  /** Of a file that is being written to, as much as there was when its turn came. */
  #file(location: string, path: string): void {
    const fd = this.#open(location);
    if (fd === undefined) return;
    try {
      const stat = fstatSync(fd);
      this.#tar.begin({ ...entryOf(path, 'file', stat), size: stat.size });
      const buffer = Buffer.allocUnsafe(Math.min(piece, Math.max(stat.size, 1)));
      for (let left = stat.size; left > 0; ) {
        const count = readSync(fd, buffer, 0, Math.min(left, buffer.length), null);
        const part = count === 0 ? buffer.fill(0).subarray(0, Math.min(left, buffer.length)) : buffer.subarray(0, count);
        this.#tar.write(part);
        left -= part.length;
      }
      this.#tar.end();
    } finally {
      closeSync(fd);
    }
  }

  /** Undefined where it has gone, or a link has come in its place. */
  #open(location: string): number | undefined {
    let handle;
    try {
      handle = this.#files.openForReading(location);
    } catch (error) {
      if (isCaissonError(error, 'not-found')) return undefined;
      throw error;
    }
    if (!(this.#files.info(handle).attributes & attribute.reparsePoint)) return descriptorOf(handle);
    this.#files.close(handle);
    return undefined;
  }
}

function entryOf(path: string, type: 'file' | 'directory' | 'symlink', stat: Stats): TarEntry {
  const milliseconds = Math.floor(stat.mtimeMs);
  const mtime = Math.floor(milliseconds / 1000);
  return tarEntry({ path: rawPath(path), type, mode: permissions, mtime, mtimeNs: (milliseconds - mtime * 1000) * 1_000_000 });
}
