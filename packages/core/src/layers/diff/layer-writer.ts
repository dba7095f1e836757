import { createHash, hash, type Hash } from 'node:crypto';
import { Digester } from '../../model/digest.js';
import { type TarEntry, tarEntry } from '../entry.js';
import { LayerIndexBuilder } from '../index/builder.js';
import { opaquePath, whiteoutPath } from '../index/layer-entry.js';
import type { LayerIndex } from '../index/layer-index.js';
import type { RawPath } from '../raw-path.js';
import { type TarSink, TarWriter } from '../tar/writer.js';

export interface LayerWriterOptions {
  readonly bufferSize?: number;
  /** Note the sha256 of each file's content in the index. */
  readonly contentDigests?: boolean;
}

/**
 * Writes a layer: a TarWriter that computes the diffID and the table of contents as it goes. Give it the entries in tree order (see
 * `compareTreeOrder`), folders before what is in them, then `finish`. Synchronous, like the sink that takes the bytes.
 */
export class LayerWriter {
  readonly #writer: TarWriter;
  readonly #digester = new Digester();
  readonly #builder = new LayerIndexBuilder();
  readonly #digests: ContentDigest | undefined;
  #entry: TarEntry | undefined;

  constructor(sink: TarSink, options: LayerWriterOptions = {}) {
    const digests = options.contentDigests === true ? new ContentDigest() : undefined;
    this.#digests = digests;
    this.#writer = new TarWriter(
      (chunk) => {
        digests?.hold();
        this.#digester.update(chunk);
        sink(chunk);
      },
      {
        ...(options.bufferSize === undefined ? {} : { bufferSize: options.bufferSize }),
        ...(digests === undefined ? {} : { onContent: (chunk: Uint8Array) => digests.add(chunk) }),
      },
    );
  }

  /** Bytes of archive written so far. */
  get position(): number {
    return this.#writer.position;
  }

  /** Writes an entry with the whole of its content. */
  add(entry: TarEntry, content?: Uint8Array): void {
    this.begin(entry);
    if (content !== undefined) this.write(content);
    this.end();
  }

  /** Writes a file from a path, which is not followed, or an open descriptor; see `TarWriter.addFile`. */
  addFile(entry: TarEntry, source: string | Buffer | number): void {
    this.#builder.add(entry, this.#writer.addFile(entry, source));
    this.#noteDigest(entry);
  }

  /** Begins an entry whose content comes in parts: `write` each, then `end`. */
  begin(entry: TarEntry): void {
    this.#entry = entry;
    this.#builder.add(entry, this.#writer.begin(entry));
  }

  write(content: Uint8Array): void {
    this.#writer.write(content);
  }

  end(): void {
    this.#writer.end();
    if (this.#entry !== undefined) this.#noteDigest(this.#entry);
    this.#entry = undefined;
  }

  /** Hides what the layers below have at this path. */
  whiteout(path: RawPath): void {
    this.add(tarEntry({ path: whiteoutPath(path), type: 'file', mode: 0 }));
  }

  /** Hides what the layers below have in this folder. */
  opaque(directory: RawPath): void {
    this.add(tarEntry({ path: opaquePath(directory), type: 'file', mode: 0 }));
  }

  finish(): LayerIndex {
    this.#writer.finish();
    return this.#builder.finish(this.#digester.digest(), this.#digester.size);
  }

  #noteDigest(entry: TarEntry): void {
    if (this.#digests !== undefined && entry.type === 'file') this.#builder.setDigest(this.#digests.take());
  }
}

/** Hashes one file's content after the other; most come in one piece, which is cheaper to hash alone. */
class ContentDigest {
  #piece: Uint8Array | undefined;
  #hash: Hash | undefined;

  add(chunk: Uint8Array): void {
    this.hold();
    this.#piece = chunk;
  }

  /** The piece at hand is about to be reused. */
  hold(): void {
    if (this.#piece === undefined) return;
    this.#hash ??= createHash('sha256');
    this.#hash.update(this.#piece);
    this.#piece = undefined;
  }

  /** The sha256 of what was added since the last call. */
  take(): Buffer {
    if (this.#hash === undefined) {
      const digest = hash('sha256', this.#piece ?? new Uint8Array(0), 'buffer');
      this.#piece = undefined;
      return digest;
    }
    this.hold();
    const digest = this.#hash.digest();
    this.#hash = undefined;
    return digest;
  }
}
