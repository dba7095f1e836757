import { linkSync, mkdirSync } from 'node:fs';
import { join } from 'node:path/win32';
import { CaissonError, fromSystemError } from '@caisson/core';
import type { BackupFiles } from '../win32/files.js';
import { DirectoryTimes } from './directory-times.js';
import type { FileInfo } from './file-info.js';
import type { LayerPath } from './layer-path.js';
import type { LayerService } from './layer-service.js';
import type { FileKind, LayerWriter } from './layer-writer.js';
import { ReparseGuard } from './reparse-guard.js';
import { RestoredFile } from './restored-file.js';

/** A base layer: its files are written where they stay, and the service then makes it usable. */
export class BaseLayerWriter implements LayerWriter {
  readonly #folder: string;
  readonly #files: BackupFiles;
  readonly #layers: LayerService;
  readonly #guard: ReparseGuard;
  readonly #times = new DirectoryTimes();
  #current: RestoredFile | undefined;
  #hasUtilityVm = false;

  /** The folder must be there, and empty. */
  constructor(folder: string, files: BackupFiles, layers: LayerService) {
    this.#folder = folder;
    this.#files = files;
    this.#layers = layers;
    this.#guard = new ReparseGuard(folder);
  }

  add({ path }: LayerPath, info: FileInfo, { directory, reparsePoint }: FileKind): void {
    this.close();
    if (path === String.raw`UtilityVM\Files`) this.#hasUtilityVm = true;
    this.#guard.check(path);
    const target = join(this.#folder, path);
    if (directory) {
      try {
        mkdirSync(target);
      } catch (error) {
        throw fromSystemError(error, `making the folder ${path} of a layer`);
      }
      if (reparsePoint) this.#guard.add(path);
      else this.#times.note(path, info);
    } else if (reparsePoint) this.#guard.add(path);
    this.#current = new RestoredFile(this.#files, target, info, directory ? 'folder' : 'new-file');
  }

  write(data: Uint8Array): void {
    this.#current?.write(data);
  }

  link({ path }: LayerPath, target: LayerPath): void {
    this.close();
    this.#guard.check(path);
    this.#guard.check(target.path);
    try {
      linkSync(join(this.#folder, target.path), join(this.#folder, path));
    } catch (error) {
      throw fromSystemError(error, `linking ${path} of a layer to ${target.path}`);
    }
  }

  remove({ path }: LayerPath): void {
    throw new CaissonError('invalid-content', `the layer takes ${path} away, and there is no layer below it`);
  }

  async finish(): Promise<void> {
    this.close();
    this.#times.apply(this.#files, this.#folder);
    await this.#layers.processBase(this.#folder);
    if (this.#hasUtilityVm) await this.#layers.processUtilityVm(join(this.#folder, 'UtilityVM'));
  }

  close(): void {
    const current = this.#current;
    this.#current = undefined;
    current?.close();
  }
}
