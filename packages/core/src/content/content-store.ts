import type { Descriptor } from '../model/descriptor.js';
import type { Digest } from '../model/digest.js';

/**
 * Blobs by digest.
 *
 * A blob comes in through a writer: bytes go to a file of their own, `commit` checks digest and size, makes them durable and only then
 * gives them their name. Readers therefore see a blob whole and verified or not at all, whatever is killed when. Two writers of one blob
 * do not disturb each other: the later commit finds the blob there and drops its copy.
 *
 * Nothing here knows images. What must survive garbage collection is reachable from an image or held by a lease: take a lease before
 * the first blob of a new image comes in, and release it when the image's name is in the state database.
 */
export interface ContentStore extends ContentProvider, ContentIngester, ContentManager {}

export interface ContentProvider {
  /** Size in bytes, or undefined where there is no such blob. */
  stat(digest: Digest): Promise<BlobInfo | undefined>;
  /** The whole of a small blob. @throws CaissonError `not-found`; `limit-exceeded` above `maxBytes` (default 4 MiB). */
  read(digest: Digest, options?: { maxBytes?: number }): Promise<Uint8Array>;
  /** The blob from `offset` on, in pieces. @throws CaissonError `not-found` */
  open(digest: Digest, options?: { offset?: number; signal?: AbortSignal }): AsyncIterable<Uint8Array>;
}

export interface BlobInfo {
  readonly digest: Digest;
  readonly size: number;
  readonly modified: Date;
}

export interface ContentIngester {
  /**
   * Begins (or, where the same `ref` was left unfinished, goes on with) the writing of a blob. `ref` is any text that names the work;
   * two processes with the same `ref` take turns.
   */
  writer(options: { ref: string; expected?: Pick<Descriptor, 'digest' | 'size'>; signal?: AbortSignal }): Promise<ContentWriter>;
}

export interface ContentWriter extends AsyncDisposable {
  /** Bytes that are already there: non-zero when it goes on with unfinished work. */
  readonly offset: number;
  write(data: Uint8Array): Promise<void>;
  /** Drops what was written, to begin again at 0. */
  truncate(): Promise<void>;
  /** @throws CaissonError `digest-mismatch` when expectations are not met: then nothing is kept. */
  commit(): Promise<Descriptor['digest']>;
  /** Closes without committing and keeps what was written, for a later writer of the same `ref`. Disposing does the same. */
  suspend(): Promise<void>;
}

export interface ContentManager {
  list(): AsyncIterable<BlobInfo>;
  delete(digest: Digest): Promise<boolean>;
}
