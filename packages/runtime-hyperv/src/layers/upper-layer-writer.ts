import { closeSync, existsSync, linkSync, lstatSync, mkdirSync, openSync, rmSync, rmdirSync, writeSync } from 'node:fs';
import { join } from 'node:path/win32';
import { CaissonError, fromSystemError, systemCode } from '@caisson/core';
import type { BackupFiles } from '../win32/files.js';
import { DirectoryTimes } from './directory-times.js';
import type { FileInfo } from './file-info.js';
import type { LayerPath } from './layer-path.js';
import type { LayerService, LayerStack } from './layer-service.js';
import type { FileKind, LayerWriter } from './layer-writer.js';
import { ReparseGuard } from './reparse-guard.js';
import { RestoredFile } from './restored-file.js';
import { cloneUtilityVm } from './utility-vm.js';

/** Metadata of a folder lie beside it, in a file of this suffix. */
export const folderSuffix = '.$wcidirs$';

/**
 * A layer on others. Its files are gathered in a temporary folder, in the transport format (32 bits of attributes, then the backup stream),
 * which the service imports; what is taken away, and hard links, follow then. The utility VM is no part of that: the parent's is copied by
 * links, and changed in place.
 */
export class UpperLayerWriter implements LayerWriter {
  readonly #stack: LayerStack;
  readonly #temporary: string;
  readonly #files: BackupFiles;
  readonly #layers: LayerService;
  readonly #times = new DirectoryTimes();
  readonly #guard: ReparseGuard;
  readonly #vmGuard: ReparseGuard;
  readonly #added = new Set<string>();
  readonly #removed: string[] = [];
  readonly #links: { readonly path: string; readonly root: string; readonly target: string }[] = [];
  readonly #pendingFolders: string[] = [];
  #transport: { readonly fd: number; readonly file: string; readonly info: FileInfo } | undefined;
  #restored: RestoredFile | undefined;
  #hasUtilityVm = false;

  constructor(stack: LayerStack, temporary: string, files: BackupFiles, layers: LayerService) {
    this.#stack = stack;
    this.#temporary = temporary;
    this.#files = files;
    this.#layers = layers;
    this.#guard = new ReparseGuard(temporary);
    this.#vmGuard = new ReparseGuard(stack.folder);
  }

  add({ area, path }: LayerPath, info: FileInfo, kind: FileKind): void {
    this.close();
    if (path === 'UtilityVM') return this.#cloneUtilityVm();
    if (kind.directory && !kind.reparsePoint) this.#times.note(path, info);
    if (area === 'UtilityVM') this.#addToUtilityVm(path, info, kind);
    else this.#addToTransport(area, path, info, kind);
    this.#added.add(path.toLowerCase());
  }

  #addToTransport(area: LayerPath['area'], path: string, info: FileInfo, { directory, reparsePoint }: FileKind): void {
    this.#guard.check(path);
    const place = join(this.#temporary, path);
    try {
      if (directory) {
        // A folder that is a link must have nothing in it while the service imports.
        if (reparsePoint) {
          this.#guard.add(path);
          this.#pendingFolders.push(place);
        } else mkdirSync(place);
      } else if (reparsePoint) this.#guard.add(path);
      const file = directory ? `${place}${folderSuffix}` : place;
      this.#transport = { fd: openSync(file, 'wx'), file, info };
      if (area === 'Hives' && !directory) return;
      const attributes = Buffer.alloc(4);
      attributes.writeUInt32LE(info.attributes, 0);
      this.write(attributes);
    } catch (error) {
      throw fromSystemError(error, `writing ${path} of a layer`);
    }
  }

  /** The service takes the times from the file, and the attributes from what is in it. */
  #stampTransport(path: string, info: FileInfo): void {
    const handle = this.#files.openForInfo(path);
    try {
      this.#files.setInfo(handle, { ...info, attributes: 0 });
    } finally {
      this.#files.close(handle);
    }
  }

  #addToUtilityVm(path: string, info: FileInfo, { directory, reparsePoint }: FileKind): void {
    if (!this.#hasUtilityVm) throw new CaissonError('invalid-content', `the layer has ${path} without the folder UtilityVM`);
    if (!/^UtilityVM\\Files(?:\\|$)/.test(path)) throw new CaissonError('invalid-content', `the layer has ${path}, which is not among the utility VM's files`);
    this.#vmGuard.check(path);
    const place = join(this.#stack.folder, path);
    const there = lstatSync(place, { throwIfNoEntry: false });
    const keeps = there !== undefined && directory && there.isDirectory() && !reparsePoint;
    // A file may be a link that is shared with the parent: it is replaced, never written to.
    if (there && !keeps) rmSync(place, { recursive: true });
    if (directory && !keeps) mkdirSync(place);
    if (reparsePoint) this.#vmGuard.add(path);
    else this.#vmGuard.delete(path);
    this.#restored = new RestoredFile(this.#files, place, info, directory ? 'folder' : 'new-file');
  }

  write(data: Uint8Array): void {
    if (this.#restored) return this.#restored.write(data);
    if (!this.#transport) return;
    const { fd } = this.#transport;
    try {
      for (let at = 0; at < data.length; ) at += writeSync(fd, data, at);
    } catch (error) {
      throw fromSystemError(error, 'writing a layer');
    }
  }

  link({ area, path }: LayerPath, target: LayerPath): void {
    this.close();
    if (area === 'Hives' || target.area !== area) throw new CaissonError('invalid-content', `the layer links ${path} to ${target.path}, which cannot be`);
    const inVm = area === 'UtilityVM';
    if (inVm && !this.#hasUtilityVm) throw new CaissonError('invalid-content', `the layer has ${path} without the folder UtilityVM`);
    (inVm ? this.#vmGuard : this.#guard).check(path);
    const roots = inVm || this.#added.has(target.path.toLowerCase()) ? [this.#stack.folder] : this.#stack.parents;
    const root = this.#added.has(target.path.toLowerCase()) ? this.#stack.folder : roots.find((folder) => existsSync(join(folder, target.path)));
    if (root === undefined) throw new CaissonError('invalid-content', `the layer links ${path} to ${target.path}, which is not there`);
    // Its target may come into being with the import only.
    this.#links.push({ path, root, target: target.path });
    this.#added.add(path.toLowerCase());
  }

  remove({ area, path }: LayerPath): void {
    this.close();
    if (area === 'Files') this.#removed.push(path);
    else if (area === 'UtilityVM') {
      this.#cloneUtilityVm();
      this.#vmGuard.check(path);
      const place = join(this.#stack.folder, path);
      if (!lstatSync(place, { throwIfNoEntry: false })) throw new CaissonError('invalid-content', `the layer takes ${path} away, which is not there`);
      rmSync(place, { recursive: true });
    } else throw new CaissonError('invalid-content', `the layer takes ${path} away, which cannot be`);
  }

  #cloneUtilityVm(): void {
    if (this.#hasUtilityVm) return;
    const parent = this.#stack.parents[0] ?? '';
    cloneUtilityVm(parent, this.#stack.folder, this.#files);
    this.#hasUtilityVm = true;
  }

  async finish(): Promise<void> {
    this.close();
    for (const folder of this.#pendingFolders) mkdirSync(folder);
    await this.#layers.import(this.#stack, this.#temporary);
    for (const path of this.#removed) removeQuietly(join(this.#stack.folder, path));
    for (const { path, root, target } of this.#links) {
      const place = join(this.#stack.folder, path);
      removeQuietly(place);
      try {
        linkSync(join(root, target), place);
      } catch (error) {
        throw fromSystemError(error, `linking ${path} of a layer to ${target}`);
      }
    }
    this.#times.apply(this.#files, this.#stack.folder);
    if (this.#hasUtilityVm) await this.#layers.processUtilityVm(join(this.#stack.folder, 'UtilityVM'));
  }

  close(): void {
    const restored = this.#restored;
    const transport = this.#transport;
    this.#restored = undefined;
    this.#transport = undefined;
    restored?.close();
    if (!transport) return;
    closeSync(transport.fd);
    this.#stampTransport(transport.file, transport.info);
  }
}

/** One file, or an empty folder: import leaves nothing else of what is taken away. */
function removeQuietly(path: string): void {
  try {
    if (lstatSync(path).isDirectory()) rmdirSync(path);
    else rmSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw fromSystemError(error, `removing ${path}`);
  }
}
