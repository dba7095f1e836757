/** One record of the build cache, in `GET /system/df`. */
export interface BuildCacheRecord {
  readonly ID: string;
  readonly Parents?: readonly string[] | null;
  readonly Type: string;
  readonly Description: string;
  readonly InUse: boolean;
  readonly Shared: boolean;
  readonly Size: number;
  readonly CreatedAt: string;
  readonly LastUsedAt: string | null;
  readonly UsageCount: number;
}

/** `POST /build/prune` */
export interface BuildPruneResponse {
  readonly CachesDeleted: readonly string[] | null;
  readonly SpaceReclaimed: number;
}
