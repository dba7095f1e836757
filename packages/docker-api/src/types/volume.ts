/** One volume, in every answer. */
export interface VolumeBody {
  readonly Name: string;
  readonly Driver: string;
  readonly Mountpoint: string;
  readonly CreatedAt: string;
  readonly Status?: Readonly<Record<string, unknown>>;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly Scope: 'local' | 'global';
  readonly Options: Readonly<Record<string, string>> | null;
  /** In `GET /system/df` only; -1 where it is not known. */
  readonly UsageData?: { readonly Size: number; readonly RefCount: number } | null;
}

/** `POST /volumes/create` */
export interface VolumeCreateRequest {
  readonly Name?: string;
  readonly Driver?: string;
  readonly DriverOpts?: Readonly<Record<string, string>> | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly ClusterVolumeSpec?: unknown;
}

/** `GET /volumes` */
export interface VolumeListResponse {
  readonly Volumes: readonly VolumeBody[] | null;
  readonly Warnings: readonly string[] | null;
}

export interface VolumesPruneResponse {
  readonly VolumesDeleted: readonly string[] | null;
  readonly SpaceReclaimed: number;
}
