import type { ContainerConfig } from './container.js';

/** OCI image spec, descriptor.md. */
export interface ImageManifestDescriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: ImagePlatform;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly urls?: readonly string[];
  readonly artifactType?: string;
}

export interface ImagePlatform {
  readonly architecture: string;
  readonly os: string;
  readonly 'os.version'?: string;
  readonly 'os.features'?: readonly string[];
  readonly variant?: string;
}

/** One manifest of an index, as `?manifests=true` asks for it (API 1.47). */
export interface ImageManifestSummary {
  readonly ID: string;
  readonly Descriptor: ImageManifestDescriptor;
  readonly Available: boolean;
  readonly Size: { readonly Content: number; readonly Total: number };
  readonly Kind: 'image' | 'attestation' | 'unknown';
  readonly ImageData?: { readonly Platform: ImagePlatform; readonly Size: { readonly Unpacked: number }; readonly Containers: readonly string[] };
  readonly AttestationData?: { readonly For: string };
}

/** One of `GET /images/json`. */
export interface ImageSummary {
  readonly Id: string;
  readonly ParentId: string;
  readonly RepoTags: readonly string[];
  readonly RepoDigests: readonly string[];
  /** Seconds since 1970. */
  readonly Created: number;
  readonly Size: number;
  /** -1: not asked for. */
  readonly SharedSize: number;
  /** Until API 1.43. */
  readonly VirtualSize?: number;
  readonly Labels: Readonly<Record<string, string>> | null;
  /** -1: not asked for. */
  readonly Containers: number;
  readonly Descriptor?: ImageManifestDescriptor;
  readonly Manifests?: readonly ImageManifestSummary[];
}

/** `GET /images/{name}/json` */
export interface ImageInspect {
  readonly Id: string;
  readonly RepoTags: readonly string[];
  readonly RepoDigests: readonly string[];
  readonly Parent: string;
  readonly Comment: string;
  readonly Created?: string;
  readonly DockerVersion: string;
  readonly Author: string;
  readonly Config: ContainerConfig;
  readonly Architecture: string;
  readonly Variant?: string;
  readonly Os: string;
  readonly OsVersion?: string;
  readonly Size: number;
  /** Until API 1.43. */
  readonly VirtualSize?: number;
  readonly GraphDriver: { readonly Name: string; readonly Data: Readonly<Record<string, string>> | null };
  readonly RootFS: { readonly Type: string; readonly Layers?: readonly string[] };
  readonly Metadata: { readonly LastTagTime?: string };
  readonly Descriptor?: ImageManifestDescriptor;
  readonly Manifests?: readonly ImageManifestSummary[];
}

/** One of `GET /images/{name}/history`. */
export interface ImageHistoryEntry {
  /** `<missing>` below the top. */
  readonly Id: string;
  /** Seconds since 1970. */
  readonly Created: number;
  readonly CreatedBy: string;
  readonly Tags: readonly string[] | null;
  readonly Size: number;
  readonly Comment: string;
}

/** One of `DELETE /images/{name}`. */
export interface ImageDeleteItem {
  readonly Untagged?: string;
  readonly Deleted?: string;
}

export interface ImagesPruneResponse {
  readonly ImagesDeleted: readonly ImageDeleteItem[] | null;
  readonly SpaceReclaimed: number;
}

/** One of `GET /images/search`. */
export interface ImageSearchItem {
  readonly name: string;
  readonly description: string;
  readonly is_official: boolean;
  readonly is_automated: boolean;
  readonly star_count: number;
}

/** `GET /distribution/{name}/json` */
export interface DistributionInspect {
  readonly Descriptor: ImageManifestDescriptor;
  readonly Platforms: readonly ImagePlatform[];
}
