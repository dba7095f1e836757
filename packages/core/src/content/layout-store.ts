import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CaissonError, fromSystemError, systemCode } from '../errors.js';
import type { Descriptor } from '../model/descriptor.js';
import { digestHex, isDigest, sha256, type Digest } from '../model/digest.js';
import { lockFile } from '../state/file-lock.js';
import type { BlobInfo, ContentStore, ContentWriter } from './content-store.js';
import { selfIdentity } from '../state/process-identity.js';
import { IngestWriter, publish } from './ingest-writer.js';
import { LayoutReader } from './layout-reader.js';

/** Where blobs can be had from that are not in a store. */
export interface BlobOrigin {
  find(digest: Digest): { readonly descriptor: Pick<Descriptor, 'digest' | 'size'>; open(offset: number, options: { signal?: AbortSignal }): AsyncIterable<Uint8Array> } | undefined;
}

/**
 * A content store in a folder that is an OCI image layout (image-layout.md): `oci-layout`, `index.json` and `blobs/ALG/HEX`.
 * Unfinished blobs lie in `ingest/`, one file for each `ref`, and are taken up again by the next writer of that ref.
 */
export class LayoutStore extends LayoutReader implements ContentStore {
  readonly #origin: BlobOrigin | undefined;
  readonly #mode: number;
  /** Named where its disk is full: one that others may read is where the user wanted it. */
  readonly #folder: string | undefined;

  /** Creates the folder where there is none. With an origin, `open` gets from it what is not here; `shared`: other users may read it. */
  constructor(root: string, { origin, shared = false }: { origin?: BlobOrigin; shared?: boolean } = {}) {
    super(root);
    this.#origin = origin;
    this.#mode = shared ? 0o644 : 0o600;
    this.#folder = shared ? root : undefined;
    if (existsSync(join(root, 'oci-layout')) && existsSync(join(root, 'ingest'))) return;
    try {
      for (const folder of ['blobs/sha256', 'ingest']) makeFolder(join(root, folder), shared ? 0o755 : 0o711);
      writeWhole(join(root, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
      if (!existsSync(join(root, 'index.json'))) writeWhole(join(root, 'index.json'), '{"schemaVersion":2,"manifests":[]}');
    } catch (error) {
      throw fromSystemError(error, `creating the content store in ${root}`, this.#folder);
    }
  }

  /** Makes sure that the blob is here, getting it from its origin; false where neither has it. */
  async bring(digest: Digest, options: { signal?: AbortSignal } = {}): Promise<boolean> {
    if (await this.stat(digest)) return true;
    const origin = this.#origin?.find(digest);
    if (!origin) return false;
    await using writer = await this.writer({ ref: digest, expected: origin.descriptor, ...options });
    if (await this.stat(digest)) await writer.truncate();
    else {
      for await (const piece of origin.open(writer.offset, options)) await writer.write(piece);
      await writer.commit();
    }
    return true;
  }

  override async *open(digest: Digest, options: { offset?: number; signal?: AbortSignal } = {}): AsyncGenerator<Uint8Array, void> {
    if (this.#origin) await this.bring(digest, options.signal ? { signal: options.signal } : {});
    yield* super.open(digest, options);
  }

  async writer(options: { ref: string; expected?: Pick<Descriptor, 'digest' | 'size'>; signal?: AbortSignal }): Promise<ContentWriter> {
    const path = join(this.root, 'ingest', digestHex(sha256(options.ref)).slice(0, 32));
    const lock = await lockFile(`${path}.lock`, options.signal ? { signal: options.signal } : {});
    try {
      return await IngestWriter.open({ path, lock, target: (digest) => this.pathOf(digest), expected: options.expected, mode: this.#mode, folder: this.#folder });
    } catch (error) {
      lock[Symbol.dispose]();
      throw fromSystemError(error, `writing to ${path}`, this.#folder);
    }
  }

  /**
   * A path on the store's own file system for a file in the making. Name and owner are in it, so that garbage collection can tell
   * one left by a dead process.
   */
  stagingPath(): string {
    const { pid, started } = selfIdentity();
    return join(this.root, 'ingest', `stage-${pid}-${started}-${randomUUID()}`);
  }

  /** Makes a finished, durable file from `stagingPath` the blob of this digest, which the caller has computed from its bytes. */
  async adopt(path: string, digest: Digest): Promise<void> {
    try {
      await publish(path, this.pathOf(digest));
    } catch (error) {
      throw fromSystemError(error, `keeping the blob ${digest}`, this.#folder);
    }
  }

  async *list(): AsyncGenerator<BlobInfo, void> {
    for (const algorithm of ['sha256', 'sha512']) {
      let folder;
      try {
        folder = await opendir(join(this.root, 'blobs', algorithm));
      } catch (error) {
        if (systemCode(error) === 'ENOENT') continue;
        throw error;
      }
      for await (const { name } of folder) {
        const digest = `${algorithm}:${name}`;
        const info = isDigest(digest) ? await this.stat(digest) : undefined;
        if (info) yield info;
      }
    }
  }

  // Not a promise inside: garbage collection calls it with the database's lock held.
  delete(digest: Digest): Promise<boolean> {
    try {
      unlinkSync(this.pathOf(digest));
      return Promise.resolve(true);
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return Promise.resolve(false);
      return Promise.reject(fromSystemError(error, `deleting the blob ${digest}`));
    }
  }

  protected override missing(digest: Digest): CaissonError {
    return new CaissonError('not-found', `the blob ${digest} is not in the store`, { details: { digest } });
  }

  protected override damaged(digest: Digest): CaissonError {
    return new CaissonError('corrupt', `the blob ${digest} is damaged on disk`, { hint: 'caisson system check --repair' });
  }
}

/** With all above it. Node's own way of doing that says of a read-only file system that the folder is not there. */
function makeFolder(path: string, mode: number): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path), mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another process was quicker.
    if (systemCode(error) !== 'EEXIST') throw error;
  }
}

/** Replaces a small file: seen as before or as after, never between. */
export function writeWhole(path: string, text: string): void {
  const aside = `${path}.${process.pid}.tmp`;
  writeFileSync(aside, text, { flush: true });
  renameSync(aside, path);
}
