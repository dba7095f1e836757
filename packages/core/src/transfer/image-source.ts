import type { Descriptor } from '../model/descriptor.js';
import type { Digest } from '../model/digest.js';

/** Where an image can be read from: the store, a registry, an OCI layout, an archive. */
export interface ImageSource {
  /** For messages: `registry.example/app:1`, `archive app.tar`. */
  readonly name: string;
  /** The manifest or index that the name stands for. @throws CaissonError `not-found` */
  resolve(options?: { signal?: AbortSignal }): Promise<Descriptor>;
  /** A manifest, index or config, verified by digest. */
  document(descriptor: Descriptor, options?: { signal?: AbortSignal }): Promise<Uint8Array>;
  /** A blob's bytes from `offset` on, as they come: the sink verifies. */
  blob(descriptor: Descriptor, options?: { offset?: number; signal?: AbortSignal }): AsyncIterable<Uint8Array>;
  /** Whether a blob is there at all. Foreign layers that are not are left out; without this, they are asked for wherever they may be. */
  has?(descriptor: Descriptor): Promise<boolean>;
  /** Where the registry behind it would let a sink on the same host mount blobs from. */
  readonly mountFrom?: { readonly host: string; readonly repository: string };
  /** The root file system as one tar, where it is at hand unpacked: for sinks that want no more than that. */
  rootfs?(options?: { signal?: AbortSignal }): AsyncIterable<Uint8Array>;
  /** The same as `mountFrom` for one blob, of a source whose blobs come from several places. */
  mountBlobFrom?(descriptor: Descriptor): { readonly host: string; readonly repository: string } | undefined;
}

/** Where an image can be written to. Blobs come before the documents that name them; `finish` comes last and once. */
export interface ImageSink {
  readonly name: string;
  /** A manifest that is there has all its parts there: registries see to that. */
  readonly keepsWhole?: boolean;
  /** What the image's name stands for there now; undefined for nothing. Asked only where it may spare sending anything. */
  current?(options?: { signal?: AbortSignal }): Promise<Digest | undefined>;
  /** True when the blob need not be sent. */
  has(descriptor: Descriptor, options?: { signal?: AbortSignal }): Promise<boolean>;
  /**
   * Takes a blob. `open(offset)` gives its bytes; a sink with unfinished work asks from where it stopped, and may ask again after a
   * fault. @throws CaissonError `digest-mismatch` when the bytes are not what the descriptor promises; then nothing is kept.
   */
  putBlob(descriptor: Descriptor, open: (offset: number) => AsyncIterable<Uint8Array>, options: PutBlobOptions): Promise<void>;
  /**
   * Takes bytes as they are made, whose digest is known at their end, and tells it. `open` gives the same bytes each time; after a fault it
   * may be asked again. `key` names them for a later process.
   */
  putMade?(key: string, open: () => AsyncIterable<Uint8Array>, options: PutBlobOptions): Promise<Pick<Descriptor, 'digest' | 'size'>>;
  /** Takes a manifest or index whose parts are all there. `root` is true for the one that the image's name will stand for. */
  putManifest(descriptor: Descriptor, bytes: Uint8Array, options: { root: boolean; signal?: AbortSignal }): Promise<void>;
  /** Takes a root file system as one tar, instead of an image; tells what the tar is. Only of a sink that is a tar of one. */
  putRootfs?(bytes: AsyncIterable<Uint8Array>, options?: { signal?: AbortSignal }): Promise<Descriptor>;
  /** Gives the image its name. */
  finish(root: Descriptor, options?: { signal?: AbortSignal }): Promise<void>;
}

export interface PutBlobOptions {
  readonly signal?: AbortSignal;
  /** Called with the count of bytes that have arrived so far. */
  readonly onBytes?: (count: number) => void;
  readonly mountFrom?: { readonly host: string; readonly repository: string };
}
