import { formatReference, isDigest, parseReference, type ContainerDefaults, type Digest, type HistoryEntry, type ImageConfig, type ImageManifest, type ImageSummary, type RemovedImage, type StoredImage } from '@caisson/core';
import type * as api from '../types/image.js';
import { layerSteps } from './history.js';
import { dateOf, digestOf } from './values.js';

const manifestType = 'application/vnd.oci.image.manifest.v1+json';
const configType = 'application/vnd.oci.image.config.v1+json';
const layerType = 'application/vnd.oci.image.layer.v1.tar';

/** An image of a list. A host that does not tell the manifest's digest has the config's in its place: the ID stands for the image in all calls. */
export function decodeImageSummary(one: api.ImageSummary): ImageSummary {
  const id = digestOf(one.Id);
  const target = targetOf(one, id);
  return {
    id,
    target,
    names: namesOf(one.RepoTags, one.RepoDigests),
    ...pushedOf(one.RepoDigests, target),
    added: dateOf(one.Created),
    created: dateOf(one.Created),
    bytes: one.Size,
    labels: one.Labels ?? {},
  };
}

function targetOf({ Descriptor: descriptor, RepoDigests: digests }: Pick<api.ImageSummary, 'Descriptor' | 'RepoDigests'>, id: Digest) {
  if (descriptor && isDigest(descriptor.digest)) return { mediaType: descriptor.mediaType, digest: descriptor.digest, size: descriptor.size };
  const known = digests?.[0]?.split('@')[1];
  return { mediaType: manifestType, digest: known !== undefined && isDigest(known) ? known : id, size: 0 };
}

/** The ID of an image is told by nobody: containers that use it are known by their manifest there. */
export function decodeManifest({ Descriptor: { urls: _urls, ...descriptor }, Available, Size, Kind, ImageData, AttestationData }: api.ImageManifestSummary): ImageManifest {
  const platform = ImageData?.Platform;
  const unpackedBytes = ImageData?.Size.Unpacked ?? 0;
  return {
    descriptor: { ...descriptor, digest: digestOf(descriptor.digest) },
    kind: Kind,
    available: Available,
    ...(platform ? { platform } : {}),
    contentBytes: Size.Content,
    unpackedBytes,
    ...(AttestationData ? { about: digestOf(AttestationData.For) } : {}),
  };
}

/** Full references, sorted. A digest stands for its repository only where that has no tag. */
function namesOf(tags: readonly string[] | null | undefined, digests: readonly string[] | null | undefined): string[] {
  const tagged = (tags ?? []).flatMap((tag) => full(tag));
  const repositories = new Set(tagged.map((name) => name.slice(0, name.lastIndexOf(':'))));
  const others = (digests ?? []).flatMap((digest) => full(digest)).filter((name) => !repositories.has(name.split('@')[0] ?? ''));
  return [...tagged, ...others].sort();
}

/** What its registries know it by, where that is another digest than its own. */
function pushedOf(digests: readonly string[] | null | undefined, target: { readonly digest: Digest }): { pushed?: readonly string[] } {
  const pushed = (digests ?? []).flatMap((digest) => full(digest)).filter((name) => !name.endsWith(`@${target.digest}`)).sort();
  return pushed.length > 0 ? { pushed } : {};
}

function full(name: string): string[] {
  if (name.includes('<none>')) return [];
  try {
    return [formatReference(parseReference(name))];
  } catch {
    return []; // a name that no reference can have: the image is there by its ID
  }
}

/**
 * An image as inspect and history tell of it. The documents are made up from what they say: sizes of layers are those of their files, and a
 * layer's digest is its diffID.
 */
export function decodeImage(one: api.ImageInspect, history: readonly api.ImageHistoryEntry[]): StoredImage {
  const id = digestOf(one.Id);
  const diffIds = (one.RootFS.Layers ?? []).map(digestOf);
  const steps = history.toReversed();
  const made = layerSteps(steps, diffIds.length);
  const sizes = steps.filter((step) => made.has(step)).map(({ Size }) => Size);
  const config: ImageConfig = {
    architecture: one.Architecture,
    os: one.Os,
    ...(one.Variant ? { variant: one.Variant } : {}),
    ...(one.OsVersion ? { 'os.version': one.OsVersion } : {}),
    ...(one.Created ? { created: one.Created } : {}),
    ...(one.Author ? { author: one.Author } : {}),
    config: one.Config ? defaultsOf(one.Config) : {},
    rootfs: { type: 'layers', diff_ids: diffIds },
    history: steps.map((step) => decodeStep(step, !made.has(step))),
  };
  const summary = { RepoTags: one.RepoTags, RepoDigests: one.RepoDigests, Descriptor: one.Descriptor };
  const target = targetOf({ RepoDigests: one.RepoDigests, ...(one.Descriptor ? { Descriptor: one.Descriptor } : {}) }, id);
  return {
    id,
    target,
    names: namesOf(summary.RepoTags, summary.RepoDigests),
    ...pushedOf(summary.RepoDigests, target),
    added: dateOf(one.Metadata?.LastTagTime ?? one.Created),
    descriptor: target,
    config,
    manifest: {
      schemaVersion: 2,
      mediaType: manifestType,
      config: { mediaType: configType, digest: id, size: 0 },
      layers: diffIds.map((digest, place) => ({ mediaType: layerType, digest, size: steps.length > 0 ? (sizes[place] ?? 0) : place === diffIds.length - 1 ? one.Size : 0 })),
    },
  };
}

function decodeStep({ Created, CreatedBy, Comment }: api.ImageHistoryEntry, empty: boolean): HistoryEntry {
  return { ...(Created ? { created: dateOf(Created).toISOString() } : {}), created_by: CreatedBy, ...(Comment ? { comment: Comment } : {}), ...(empty ? { empty_layer: true } : {}) };
}

export function decodeRemoved(items: readonly api.ImageDeleteItem[] | null): RemovedImage {
  const all = items ?? [];
  return { untagged: all.flatMap(({ Untagged }) => (Untagged === undefined ? [] : full(Untagged))), deleted: all.flatMap(({ Deleted }) => (Deleted === undefined ? [] : [digestOf(Deleted)])) };
}

const defaults: ReadonlySet<string> = new Set(['User', 'ExposedPorts', 'Env', 'Entrypoint', 'Cmd', 'Volumes', 'WorkingDir', 'Labels', 'StopSignal', 'ArgsEscaped', 'Healthcheck', 'OnBuild', 'Shell'] satisfies (keyof ContainerDefaults)[]);

/** Without what dockerd adds of the container that the image was made in: its host name, its parent image, whether it had a terminal. */
function defaultsOf(config: api.ImageInspect['Config']): ContainerDefaults {
  return Object.fromEntries(Object.entries(config).filter(([name, value]) => value != null && defaults.has(name)));
}
