import type { ContentProvider } from '../../content/content-store.js';
import { choosePlatform, imageManifests } from '../../content/image.js';
import type { Digest } from '../../model/digest.js';
import type { Descriptor } from '../../model/descriptor.js';
import type { Index } from '../../model/manifest.js';
import { isForeignLayer, isIndexType } from '../../model/media-type.js';
import { parseManifest } from '../../model/parse.js';
import { hostPlatform, type Platform } from '../../model/platform.js';

/**
 * What of an image can be sent on: an index only if the store has every part of it (or knows another place that has it: `elsewhere`), else the one manifest that was pulled. A
 * registry would refuse an index with parts missing.
 */
export async function pushableRoot(content: ContentProvider, root: Descriptor, { name, platform, elsewhere = () => false }: { name: string; platform?: Platform; elsewhere?: (digest: Digest) => boolean }): Promise<Descriptor> {
  if (!isIndexType(root.mediaType)) return root;
  const { manifests } = parseManifest(await content.read(root.digest), root.mediaType, name) as Index;
  if (platform) return choosePlatform(manifests, platform, name);
  const there: Descriptor[] = [];
  for (const child of manifests) if (await isWhole(content, child, elsewhere)) there.push(child);
  if (there.length === manifests.length) return root;
  const [only, ...others] = imageManifests(there);
  return only && others.length === 0 ? only : choosePlatform(there, hostPlatform(), name);
}

async function isWhole(content: ContentProvider, child: Descriptor, elsewhere: (digest: Digest) => boolean): Promise<boolean> {
  if (!(await content.stat(child.digest))) return false;
  const document = parseManifest(await content.read(child.digest), child.mediaType);
  const parts = 'manifests' in document ? document.manifests : [document.config, ...document.layers];
  for (const part of parts) if (!isForeignLayer(part.mediaType) && !(await content.stat(part.digest)) && !elsewhere(part.digest)) return false;
  return true;
}
