import { CaissonError } from '../errors.js';

/**
 * How large a layer may become before it is taken for an attack. Every limit can be set; what exceeds one is refused with
 * `limit-exceeded`, naming the limit.
 */
export interface LayerLimits {
  /** Headers in the archive, of any kind. */
  readonly maxEntries: number;
  /** Bytes of the uncompressed archive, and of all files together with their holes filled. */
  readonly maxBytes: number;
  /** Uncompressed to compressed bytes; looked at only above `ratioFloor`, since a few hundred megabytes of zeros are honest. */
  readonly maxRatio: number;
  readonly ratioFloor: number;
  /** Bytes of extended headers (PAX, long names, sparse maps) in front of one entry. */
  readonly maxMetadataBytes: number;
  readonly maxPathBytes: number;
  /** Folders above an entry. */
  readonly maxDepth: number;
}

export const defaultLayerLimits: LayerLimits = {
  maxEntries: 2_000_000,
  maxBytes: 256 * 2 ** 30,
  maxRatio: 200,
  ratioFloor: 2 * 2 ** 30,
  maxMetadataBytes: 2 ** 20,
  maxPathBytes: 4096,
  maxDepth: 512,
};

export function withDefaultLimits(limits: Partial<LayerLimits> | undefined): LayerLimits {
  return limits === undefined ? defaultLayerLimits : { ...defaultLayerLimits, ...limits };
}

export function exceeded(limit: keyof LayerLimits, what: string): CaissonError {
  return new CaissonError('limit-exceeded', `the layer ${what}`, {
    hint: `raise the limit «${limit}» if you trust where the layer comes from`,
    details: { limit },
  });
}
