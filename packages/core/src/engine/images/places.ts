import type { WritePiece } from '../../archive/piped.js';
import type { Platform } from '../../model/platform.js';
import type { LayerCompression } from '../../model/media-type.js';
import type { Reference } from '../../model/reference.js';
import type { Cancellable } from '../engine.js';

/** Where an image can be copied from. */
export type ImageOrigin =
  | { readonly type: 'registry'; readonly reference: Reference }
  | { readonly type: 'store'; readonly name: string }
  /** `image`: a tag, a name or a digest; without it, the only one there. */
  | { readonly type: 'layout'; readonly folder: string; readonly image?: string }
  /** A docker-archive or an OCI layout tar, plain or compressed. `name` is for messages. */
  | { readonly type: 'archive'; readonly bytes: AsyncIterable<Uint8Array>; readonly name: string; readonly image?: string }
  /** A tar of a root file system, plain or compressed. */
  | { readonly type: 'rootfs'; readonly bytes: AsyncIterable<Uint8Array>; readonly name: string };

/** Where one can be copied to. */
export type ImageDestination =
  | { readonly type: 'registry'; readonly reference: Reference }
  | { readonly type: 'store'; readonly name: string }
  | { readonly type: 'layout'; readonly folder: string; readonly tag?: string }
  /** Both a docker-archive and an OCI layout. */
  | { readonly type: 'archive'; readonly write: WritePiece; readonly names: readonly Reference[] }
  | { readonly type: 'rootfs'; readonly write: WritePiece };

export interface CopyImageOptions extends Cancellable {
  /** Only this one of an image for several. Without it, the store and a root file system get that of this host, and all others every one that the origin has. */
  readonly platform?: Platform;
  /** To the store, too. */
  readonly allPlatforms?: boolean;
  /** What uncompressed layers become; default gzip for a registry, and none elsewhere. */
  readonly compression?: LayerCompression;
}
