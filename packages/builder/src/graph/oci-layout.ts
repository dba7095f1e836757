import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, isDigest, LayoutStore, openImage, type Descriptor, type Image, type Platform } from '@caisson/core';

/** An image of an OCI layout folder, and the folder's content. */
export interface LayoutImage {
  readonly image: Image;
  readonly content: LayoutStore;
}

/**
 * Opens `oci-layout://PATH`, `oci-layout://PATH:TAG` or `oci-layout://PATH@DIGEST`.
 * @throws CaissonError `not-found`, `invalid-content`
 */
export async function openLayoutImage(source: string, platform: Platform): Promise<LayoutImage> {
  const { path, wanted } = split(source.slice('oci-layout://'.length));
  const file = join(path, 'index.json');
  if (!existsSync(file)) throw new CaissonError('not-found', `there is no OCI layout in ${path}`);
  let manifests: readonly Descriptor[];
  try {
    manifests = (JSON.parse(readFileSync(file, 'utf8')) as { manifests?: readonly Descriptor[] }).manifests ?? [];
  } catch (cause) {
    throw new CaissonError('invalid-content', `${file} is not JSON`, { cause });
  }
  const root = wanted === undefined ? manifests[0] : manifests.find(({ digest, annotations }) => digest === wanted || annotations?.['org.opencontainers.image.ref.name'] === wanted);
  if (!root) throw new CaissonError('not-found', `the OCI layout in ${path} has no image ${wanted ?? ''}`.trim());
  const content = new LayoutStore(path);
  return { image: await openImage((descriptor) => content.read(descriptor.digest), root, { name: source, platform }), content };
}

function split(text: string): { path: string; wanted: string | undefined } {
  const at = text.lastIndexOf('@');
  if (at > 0 && isDigest(text.slice(at + 1))) return { path: text.slice(0, at), wanted: text.slice(at + 1) };
  const colon = text.lastIndexOf(':');
  return colon > text.lastIndexOf('/') ? { path: text.slice(0, colon), wanted: text.slice(colon + 1) } : { path: text, wanted: undefined };
}
