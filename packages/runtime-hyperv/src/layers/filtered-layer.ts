import { LayerWriter, TarReader, type LayerSummary, type RawPath, type TarEntry, type TarHandler } from '@caisson/core';
import { inContainer } from './container-path.js';

/** Passes a layer's archive on without what is left out: `write` its bytes, then `finish`. */
export class FilteredLayer implements TarHandler {
  readonly #exclude: (path: RawPath) => boolean;
  readonly #archive: LayerWriter;
  readonly #reader: TarReader;
  readonly #left: string[] = [];
  #entries = 0;
  #skipping = false;

  constructor(write: (data: Uint8Array) => void, exclude: (path: RawPath) => boolean) {
    this.#exclude = exclude;
    this.#archive = new LayerWriter(write);
    this.#reader = new TarReader(this);
  }

  write(data: Uint8Array): void {
    this.#reader.write(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  }

  entry(entry: TarEntry): void {
    const path = inContainer(entry.path);
    this.#skipping = path !== undefined && path !== '' && (this.#left.some((folder) => path.startsWith(`${folder}/`)) || this.#exclude(path));
    if (this.#skipping) this.#left.push(path ?? '');
    else {
      if (path !== undefined && path !== '') this.#entries++;
      this.#archive.begin(entry);
    }
  }

  data(chunk: Buffer): void {
    if (!this.#skipping) this.#archive.write(chunk);
  }

  hole(length: number): void {
    if (!this.#skipping) this.#archive.write(Buffer.alloc(length));
  }

  endEntry(): void {
    if (!this.#skipping) this.#archive.end();
  }

  finish(): LayerSummary {
    this.#reader.end();
    const { diffId, size } = this.#archive.finish();
    return { diffId, size, entries: this.#entries };
  }
}
