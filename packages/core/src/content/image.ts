import { CaissonError } from '../errors.js';
import type { ContentStore } from './content-store.js';
import type { Descriptor } from '../model/descriptor.js';
import type { ImageConfig } from '../model/image-config.js';
import type { Index, Manifest } from '../model/manifest.js';
import { isIndexType } from '../model/media-type.js';
import { isIndex, parseImageConfig, parseManifest } from '../model/parse.js';
import { describePlatform, formatPlatform, hostPlatform, normalizePlatform, platformFit, type Platform } from '../model/platform.js';

/** One platform's image, read from wherever its documents can be had. */
export interface Image {
  /** The manifest's own descriptor. */
  readonly descriptor: Descriptor;
  readonly manifest: Manifest;
  readonly config: ImageConfig;
}

/** The little that it takes to read an image: every ImageSource has it, and so does the content store. */
export type ReadDocument = (descriptor: Descriptor) => Promise<Uint8Array>;

/**
 * Opens the image a root descriptor stands for: of an index, the manifest for the platform.
 * @throws CaissonError `not-found` that names the platforms there are; `invalid-content`
 */
export async function openImage(read: ReadDocument, root: Descriptor, options: { name: string; platform?: Platform }): Promise<Image> {
  const descriptor = isIndexType(root.mediaType)
    ? choosePlatform((parseManifest(await read(root), root.mediaType, options.name) as Index).manifests, options.platform ?? hostPlatform(), options.name)
    : root;
  const manifest = parseManifest(await read(descriptor), descriptor.mediaType, options.name);
  if (isIndex(manifest)) throw new CaissonError('invalid-content', `${options.name} is an index within an index, which has no platform`);
  const config = parseImageConfig(await read(manifest.config), `the config of ${options.name}`);
  const want = options.platform;
  if (want && !platformFit(want, config)) throw otherPlatforms(options.name, want, [config]);
  return { descriptor, manifest, config };
}

/**
 * Opens an image of a store, of whose index not all need be there: without a platform, what it has for this host's, or else for the first that
 * it has. @throws CaissonError as `openImage`
 */
export async function openStored(content: Pick<ContentStore, 'read' | 'stat'>, root: Descriptor, options: { name: string; platform?: Platform }): Promise<Image> {
  const read: ReadDocument = ({ digest }) => content.read(digest);
  if (options.platform || !isIndexType(root.mediaType)) return openImage(read, root, options);
  const index = parseManifest(await read(root), root.mediaType, options.name) as Index;
  const here: Descriptor[] = [];
  for (const child of imageManifests(index.manifests)) if (await content.stat(child.digest)) here.push(child);
  const ofHost = here.some(({ platform }) => platform && platformFit(hostPlatform(), platform) > 0) ? choosePlatform(here, hostPlatform(), options.name) : here[0];
  return openImage(read, ofHost ?? root, options);
}

/** Of an index's manifests the one that fits best; attestations and the like are passed over. @throws CaissonError `not-found` */
export function choosePlatform(manifests: readonly Descriptor[], want: Platform, name: string): Descriptor {
  const images = imageManifests(manifests);
  let best: Descriptor | undefined;
  let bestFit = 0;
  for (const candidate of images) {
    const fit = candidate.platform ? platformFit(want, candidate.platform) : 0;
    if (fit > bestFit) [best, bestFit] = [candidate, fit];
  }
  // An index of one manifest that says nothing of its platform: take it, the config will tell.
  if (!best && images.length === 1 && !images[0]?.platform) best = images[0];
  if (best) return best;
  throw otherPlatforms(name, want, images.flatMap((image) => image.platform ?? []));
}

/** Without attestation manifests, which buildx lists with the platform unknown/unknown. */
export function imageManifests(manifests: readonly Descriptor[]): Descriptor[] {
  return manifests.filter((manifest) => manifest.platform?.os !== 'unknown' && !manifest.annotations?.['vnd.docker.reference.type']);
}

function otherPlatforms(name: string, want: Platform, have: readonly Platform[]): CaissonError {
  const list = have.map((platform) => describePlatform(normalizePlatform(platform)));
  return new CaissonError('not-found', `${name} is not made for ${describePlatform(want)}, only for ${list.join(', ') || 'no platform that is named'}`, {
    ...(have[0] ? { hint: want.os === 'windows' && want['os.version'] && have[0].os === 'windows' ? 'choose an image for this build of Windows or an earlier one' : `choose one with --platform, such as --platform ${formatPlatform(normalizePlatform(have[0]))}` } : {}),
    details: { platforms: list },
  });
}
