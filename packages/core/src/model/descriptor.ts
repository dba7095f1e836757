import type { Digest } from './digest.js';
import type { Platform } from './platform.js';

/** OCI image spec, descriptor.md: what a piece of content is, where it is known by, how many bytes it has. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes of the blob as stored, that is: compressed for a compressed layer. */
  readonly size: number;
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly urls?: readonly string[];
  readonly artifactType?: string;
  /** The content itself, where it is embedded (base64). */
  readonly data?: string;
}
