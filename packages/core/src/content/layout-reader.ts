import { readFileSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { CaissonError, fromSystemError, systemCode } from '../errors.js';
import { digestAlgorithm, digestHex, sha256, type Digest } from '../model/digest.js';
import { maxDocumentBytes } from '../model/parse.js';
import { throwIfAborted } from '../progress.js';
import type { BlobInfo, ContentProvider } from './content-store.js';

/** Bytes of a piece of a blob: a block of `gzip`, which then has nothing to copy. */
const PIECE = 1024 * 1024;

/** The blobs of a folder that is an OCI image layout (image-layout.md), `blobs/ALG/HEX`. Nothing is written, nor is the folder looked at before it is asked. */
export class LayoutReader implements ContentProvider {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Where the blob is, or would be. */
  pathOf(digest: Digest): string {
    return join(this.root, 'blobs', digestAlgorithm(digest), digestHex(digest));
  }

  // Node's promises of files cost more than all else that a cached build does with them.
  stat(digest: Digest): Promise<BlobInfo | undefined> {
    try {
      const stats = statSync(this.pathOf(digest), { throwIfNoEntry: false });
      return Promise.resolve(stats && { digest, size: stats.size, modified: stats.mtime });
    } catch (error) {
      return Promise.reject(fromSystemError(error, `looking for the blob ${digest}`));
    }
  }

  async read(digest: Digest, { maxBytes = maxDocumentBytes }: { maxBytes?: number } = {}): Promise<Uint8Array> {
    const info = await this.stat(digest);
    if (!info) throw this.missing(digest);
    if (info.size > maxBytes) throw new CaissonError('limit-exceeded', `the blob ${digest} has ${info.size} bytes, more than the ${maxBytes} expected here`);
    const bytes = readFileSync(this.pathOf(digest));
    if (digest.startsWith('sha256:') && sha256(bytes) !== digest) throw this.damaged(digest);
    return bytes;
  }

  async *open(digest: Digest, { offset = 0, signal }: { offset?: number; signal?: AbortSignal } = {}): AsyncGenerator<Uint8Array, void> {
    let file;
    try {
      file = await open(this.pathOf(digest));
    } catch (error) {
      throw systemCode(error) === 'ENOENT' ? this.missing(digest) : fromSystemError(error, `opening the blob ${digest}`);
    }
    try {
      let position = offset;
      for (;;) {
        throwIfAborted(signal);
        // A fresh buffer for each piece: consumers may keep it.
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(PIECE), 0, PIECE, position);
        if (bytesRead === 0) return;
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  }

  protected missing(digest: Digest): CaissonError {
    return new CaissonError('not-found', `the blob ${digest} is not in ${this.root}`, { details: { digest } });
  }

  protected damaged(digest: Digest): CaissonError {
    return new CaissonError('digest-mismatch', `the blob ${digest} in ${this.root} is not what its digest says`);
  }
}
