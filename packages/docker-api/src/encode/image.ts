import { familiarReference, familiarRepository, parseReference, type Descriptor, type ImageRecord, type ImageSummary as Listed, type StoredImage } from '@caisson/core';
import type { ImageHistoryEntry, ImageInspect, ImageSummary } from '../types/image.js';
import type { Minor } from '../server/http/version.js';
import { unixSeconds } from './times.js';

/** Names with a tag, in their familiar form. */
export function repoTags({ names }: Pick<ImageRecord, 'names'>): string[] {
  return names.map(parseReference).filter((reference) => reference.tag !== undefined).map(({ domain, path, tag }) => familiarReference({ domain, path, ...(tag === undefined ? {} : { tag }) }));
}

/** `repository@digest` for each repository it has a name in: first those that a registry has it under, where that is another digest than its own. */
export function repoDigests({ names, target, pushed = [] }: Pick<ImageRecord, 'names' | 'target' | 'pushed'>): string[] {
  const repositories = new Set(names.map((name) => familiarRepository(parseReference(name))));
  const elsewhere = pushed.map((one) => familiarReference(parseReference(one))).filter((one) => repositories.has(one.split('@')[0] ?? ''));
  return [...elsewhere, ...[...repositories].map((repository) => `${repository}@${target.digest}`)];
}

/** Of the blobs as they are stored: the layers and the config. */
export function imageBytes({ manifest }: Pick<StoredImage, 'manifest'>): number {
  return manifest.layers.reduce((sum, layer) => sum + layer.size, 0);
}

/** An image of a list. `virtual` adds the field that API 1.44 dropped. */
export function encodeImageSummary(image: Listed, more: { readonly containers?: number; readonly sharedBytes?: number; readonly minor?: Minor } = {}): ImageSummary {
  const bytes = image.bytes ?? 0;
  const { minor = 99 } = more;
  return {
    Containers: more.containers ?? -1,
    Created: unixSeconds(image.created),
    Id: image.id,
    Labels: image.labels && Object.keys(image.labels).length > 0 ? image.labels : null,
    ParentId: '',
    RepoDigests: repoDigests(image),
    RepoTags: repoTags(image),
    SharedSize: more.sharedBytes ?? -1,
    Size: bytes,
    ...(minor < 44 ? { VirtualSize: bytes } : {}),
    ...(minor >= 48 ? { Descriptor: encodeDescriptor(image.target) } : {}),
  };
}

export function encodeDescriptor({ mediaType, digest, size, platform, annotations, artifactType }: Descriptor) {
  return { mediaType, digest, size, ...(platform ? { platform } : {}), ...(annotations ? { annotations } : {}), ...(artifactType === undefined ? {} : { artifactType }) };
}

/** An image as `GET /images/{name}/json` shows it. */
export function encodeImage(image: StoredImage, minor: Minor = 99): ImageInspect {
  const { config } = image;
  const bytes = imageBytes(image);
  const defaults = config.config ?? {};
  return {
    Id: image.id,
    RepoTags: repoTags(image),
    RepoDigests: repoDigests(image),
    Parent: '',
    Comment: config.history?.at(-1)?.comment ?? '',
    ...(config.created === undefined && minor >= 44 ? {} : { Created: config.created ?? '' }),
    DockerVersion: '',
    Author: config.author ?? '',
    Config: { ...defaults, Cmd: defaults.Cmd ?? null, Entrypoint: defaults.Entrypoint ?? null, Env: defaults.Env ?? null, Labels: defaults.Labels ?? null, OnBuild: defaults.OnBuild ?? null, Volumes: defaults.Volumes ?? null },
    Architecture: config.architecture,
    ...(config.variant === undefined ? {} : { Variant: config.variant }),
    Os: config.os,
    ...(config['os.version'] === undefined ? {} : { OsVersion: config['os.version'] }),
    Size: bytes,
    ...(minor < 44 ? { VirtualSize: bytes } : {}),
    GraphDriver: { Name: 'overlay2', Data: null },
    RootFS: { Type: 'layers', Layers: config.rootfs.diff_ids },
    Metadata: { LastTagTime: image.added.toISOString() },
    ...(minor >= 48 ? { Descriptor: encodeDescriptor(image.target) } : {}),
  };
}

/** How an image was made, the last step first. */
export function encodeHistory(image: StoredImage): ImageHistoryEntry[] {
  const { config, manifest } = image;
  let place = 0;
  const entries = (config.history ?? []).map(({ created, created_by: by = '', comment = '', empty_layer: empty }): ImageHistoryEntry => {
    const layer = empty ? undefined : manifest.layers[place++];
    return { Id: '<missing>', Created: unixSeconds(created), CreatedBy: by, Tags: null, Size: layer?.size ?? 0, Comment: comment };
  });
  // Layers that the history says nothing of.
  for (const layer of manifest.layers.slice(place)) entries.push({ Id: '<missing>', Created: 0, CreatedBy: '', Tags: null, Size: layer.size, Comment: '' });
  const [top, ...rest] = entries.reverse();
  const tags = repoTags(image);
  return top ? [{ ...top, Id: image.id, Tags: tags.length > 0 ? tags : null }, ...rest] : [];
}
