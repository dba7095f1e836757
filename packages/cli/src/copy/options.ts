export interface CopyOptions {
  /** Owners as they are at the source. */
  readonly archive: boolean;
  /** A link as source means what it leads to. */
  readonly followLink: boolean;
}
