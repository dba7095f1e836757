import { CaissonError } from '../errors.js';
import { imageManifests } from '../content/image.js';
import { tarEntry } from '../layers/entry.js';
import { BLOCK } from '../layers/tar/header.js';
import { TarWriter } from '../layers/tar/writer.js';
import type { Descriptor } from '../model/descriptor.js';
import { Digester, digestAlgorithm, digestHex, type Digest } from '../model/digest.js';
import type { Index, Manifest } from '../model/manifest.js';
import { isIndex, parseManifest } from '../model/parse.js';
import { familiarReference, formatReference, type Reference } from '../model/reference.js';
import { throwIfAborted } from '../progress.js';
import type { ImageSink, PutBlobOptions } from '../transfer/image-source.js';
import { fullName, refName } from './layout-index.js';
import type { DockerManifestEntry } from './docker-manifest.js';
import type { WritePiece } from './piped.js';

/**
 * Any number of images as one tar: an OCI image layout (image-layout.md) that is also a docker-archive (`manifest.json`), as Docker has written
 * it since version 25. Each image is copied to a sink of its own, one after the other, and `finish` ends the archive; blobs that several
 * have are in it once.
 *
 * It is written in one pass, so that it may go into a pipe, and what has been written cannot be taken back: after bytes that were not what their
 * descriptor promised, the archive takes nothing more.
 */
export class ImageArchive {
  readonly #write: WritePiece;
  readonly #written = new Set<Digest>();
  readonly #documents = new Map<Digest, Manifest | Index>();
  readonly #images: { readonly root: Descriptor; readonly names: readonly Reference[] }[] = [];
  /** The entry that is being written: the next one waits for it. */
  #turn: Promise<void> = Promise.resolve();
  #begun = false;
  #broken: unknown;

  constructor(write: WritePiece) {
    this.#write = write;
  }

  /** Takes one image. Blobs are written in the order in which they come: copy with a concurrency of 1 for an archive that is the same each time. */
  sink(names: readonly Reference[]): ImageSink {
    return {
      name: 'the archive',
      has: ({ digest }) => Promise.resolve(this.#written.has(digest)),
      putBlob: (descriptor, open, options) => this.#inTurn(() => this.#blob(descriptor, open(0), options)),
      putManifest: (descriptor, bytes) =>
        this.#inTurn(async () => {
          this.#documents.set(descriptor.digest, parseManifest(bytes, descriptor.mediaType));
          await this.#blob(descriptor, [bytes], {});
        }),
      finish: (root) => {
        this.#images.push({ root, names });
        return Promise.resolve();
      },
    };
  }

  /** Writes the lists of images, and the end of the archive. */
  async finish(): Promise<void> {
    await this.#inTurn(async () => {
      await this.#begin();
      const manifests = this.#images.flatMap(({ root, names }) => (names.length > 0 ? names.map((name) => named(root, name)) : [root]));
      await this.#file('index.json', JSON.stringify({ schemaVersion: 2, manifests }));
      await this.#file('manifest.json', JSON.stringify(this.#images.flatMap((image) => this.#forDocker(image))));
      await this.#write(new Uint8Array(2 * BLOCK));
    });
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#turn.then(() => {
      if (this.#broken !== undefined) throw this.#broken as Error;
      return work();
    });
    this.#turn = mine.catch(() => {});
    return mine;
  }

  async #begin(): Promise<void> {
    if (this.#begun) return;
    this.#begun = true;
    await this.#file('oci-layout', '{"imageLayoutVersion":"1.0.0"}');
  }

  async #file(path: string, text: string): Promise<void> {
    const bytes = Buffer.from(text);
    await this.#write(Buffer.concat([header(path, bytes.length), bytes, padding(bytes.length)]));
  }

  async #blob({ digest, size }: Descriptor, bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, { signal, onBytes }: PutBlobOptions): Promise<void> {
    if (this.#written.has(digest)) return;
    await this.#begin();
    const digester = new Digester(digestAlgorithm(digest));
    let begun = false;
    try {
      for await (const piece of bytes) {
        throwIfAborted(signal);
        // Only now: a source that has nothing to give leaves the archive as it was.
        if (!begun) await this.#write(header(blobPath(digest), size));
        begun = true;
        if (digester.size + piece.byteLength > size) throw new CaissonError('digest-mismatch', `the blob ${digest} is larger than the ${size} bytes it should have`);
        // Hashing and writing overlap.
        const written = this.#write(piece);
        digester.update(piece);
        await written;
        onBytes?.(digester.size);
      }
      if (!begun) await this.#write(header(blobPath(digest), size));
      begun = true;
      if (digester.size !== size) throw new CaissonError('digest-mismatch', `the blob ${digest} should have ${size} bytes and has ${digester.size}`);
      const found = digester.digest();
      if (found !== digest) throw new CaissonError('digest-mismatch', `content does not match its digest: ${digest} was asked for, ${found} came`);
      if (size % BLOCK !== 0) await this.#write(padding(size));
    } catch (error) {
      if (begun) this.#broken = error;
      throw error;
    }
    this.#written.add(digest);
  }

  /** docker-archive has one image to a name: the first that an index lists and the archive has. */
  #forDocker({ root, names }: { readonly root: Descriptor; readonly names: readonly Reference[] }): DockerManifestEntry[] {
    const manifest = this.#firstImage(root.digest);
    if (!manifest) return [];
    return [{ Config: blobPath(manifest.config.digest), RepoTags: names.length > 0 ? names.map(familiarReference) : null, Layers: manifest.layers.map(({ digest }) => blobPath(digest)) }];
  }

  #firstImage(digest: Digest): Manifest | undefined {
    const document = this.#documents.get(digest);
    if (!document || !isIndex(document)) return document;
    for (const child of imageManifests(document.manifests)) {
      const found = this.#firstImage(child.digest);
      if (found) return found;
    }
    return undefined;
  }
}

function named(root: Descriptor, name: Reference): Descriptor {
  const { digest: _, ...plain } = name;
  return { ...root, annotations: { ...root.annotations, [fullName]: formatReference(plain), [refName]: name.tag ?? 'latest' } };
}

function blobPath(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

/** The header of a file's entry, as many blocks as it takes. */
function header(path: string, size: number): Buffer {
  const blocks: Uint8Array[] = [];
  const writer = new TarWriter((chunk) => blocks.push(Uint8Array.from(chunk)), { bufferSize: 4 * BLOCK });
  const length = writer.begin(tarEntry({ path, type: 'file', mode: 0o644, size }));
  writer.finish();
  return Buffer.concat(blocks).subarray(0, length);
}

const padding = (size: number): Uint8Array => new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
