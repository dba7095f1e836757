import { posix } from 'node:path';
import { CaissonError, type Engine, type ImageFile, type ImageFiles as View } from '@caisson/core';
import { fromImage } from './container-files.js';
import type { FileEntry } from './entry.js';
import type { Files } from './provider.js';

const maxBytes = 256 * 1024 * 1024;

/** The files of an image, with all its layers or with those up to one. Read-only. */
export class ImageFileSystem implements Files {
  readonly #engine: Engine;
  readonly #image: string;
  readonly #layer: number | undefined;
  #view: Promise<View> | undefined;

  constructor(engine: Engine, image: string, layer?: number) {
    this.#engine = engine;
    this.#image = image;
    this.#layer = layer;
  }

  async list(path: string): Promise<readonly FileEntry[]> {
    const view = await this.#all();
    return (await view.children(path)).map(fromImage);
  }

  async stat(path: string): Promise<FileEntry> {
    // A file may have changed or gone with a later layer: the layer's own view has it as it was.
    const own = this.#layer === undefined ? undefined : await this.#find(await this.#engine.images.files(this.#image, { layer: this.#layer }), path);
    const file = own ?? (await this.#find(await this.#all(), path));
    if (file === undefined) throw new CaissonError('not-found', `no such file in the image: ${path}`);
    return fromImage(file);
  }

  async read(path: string): Promise<Uint8Array> {
    const { file, data } = await this.#engine.images.readFile(this.#image, path, this.#layer === undefined ? {} : { layer: this.#layer });
    if (file.size > maxBytes) throw new CaissonError('limit-exceeded', `${path} is too large for an editor`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of data) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  #all(): Promise<View> {
    this.#view ??= this.#engine.images.files(this.#image);
    return this.#view;
  }

  async #find(view: View, path: string): Promise<ImageFile | undefined> {
    const folder = posix.dirname(path);
    const siblings = await view.children(folder === '.' ? '' : folder).catch(() => []);
    return siblings.find((file) => file.name === posix.basename(path) && file.change !== 'deleted');
  }
}
