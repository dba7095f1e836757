import { join } from 'node:path';
import { imageManifests } from '../content/image.js';
import type { ImageRecord } from '../content/image-store.js';
import { isCaissonError } from '../errors.js';
import type { Descriptor } from '../model/descriptor.js';
import { sha256, type Digest } from '../model/digest.js';
import { isIndex, parseImageConfig, parseManifest } from '../model/parse.js';
import type { Snapshotter } from '../runtime/snapshotter.js';
import { containerSize } from './containers/fs/usage.js';
import { ContainerTable } from './containers/record.js';
import type { DiskUsage } from './engine.js';
import { folderBytes } from './folder-bytes.js';
import type { EngineParts } from './parts.js';
import type { LocalVolumes } from './volumes/local-volumes.js';

/** What takes how much room. A layer takes that of its blob and, where it has been unpacked, that of its files. */
export async function diskUsage(parts: EngineParts, volumes: LocalVolumes): Promise<DiskUsage> {
  const snapshotter = await parts.runtime().then(
    (host) => host.snapshotter,
    () => undefined,
  );
  const images = await parts.images.list();
  const layers = new Map<ImageRecord, ReadonlySet<string>>();
  const bytes = new Map<string, number>();
  const users = new Map<string, number>();
  for (const image of images) {
    const own = await layersOf(parts, image.target, snapshotter, bytes);
    layers.set(image, own);
    for (const layer of own) users.set(layer, (users.get(layer) ?? 0) + 1);
  }
  const sum = (names: Iterable<string>) => [...names].reduce((total, name) => total + (bytes.get(name) ?? 0), 0);
  const table = new ContainerTable(parts.db);
  return {
    images: images.map((image) => {
      const own = [...(layers.get(image) ?? [])];
      return { image, bytes: sum(own), sharedBytes: sum(own.filter((layer) => (users.get(layer) ?? 0) > 1)), containers: table.usersOfImage(image.target.digest).length };
    }),
    layerBytes: sum(bytes.keys()),
    containers: snapshotter ? await containerUsage(table, snapshotter) : [],
    volumes: (await volumes.list()).map((volume) => ({ volume, bytes: folderBytes(join(volume.mountpoint, '..')), users: volumes.users(volume.name).length })),
    cache: await parts.builder().then(
      (builder) => builder.cacheUsage(),
      () => [],
    ),
  };
}

async function containerUsage(table: ContainerTable, snapshotter: Snapshotter): Promise<DiskUsage['containers']> {
  const found = [];
  for (const container of table.list()) {
    try {
      const { written, total } = await containerSize(snapshotter, container.id);
      found.push({ container, bytes: written, rootBytes: total });
    } catch (error) {
      if (!isCaissonError(error, 'not-found')) throw error; // removed meanwhile
    }
  }
  return found;
}

/** The layers of all of an image's platforms that are here; notes what each takes. */
async function layersOf(parts: EngineParts, root: Descriptor, snapshotter: Snapshotter | undefined, bytes: Map<string, number>): Promise<Set<string>> {
  const found = new Set<string>();
  if (!(await parts.content.stat(root.digest))) return found;
  const document = parseManifest(await parts.content.read(root.digest), root.mediaType);
  if (isIndex(document)) {
    for (const child of imageManifests(document.manifests)) for (const layer of await layersOf(parts, child, snapshotter, bytes)) found.add(layer);
    return found;
  }
  const diffIds = (await parts.content.stat(document.config.digest)) ? parseImageConfig(await parts.content.read(document.config.digest)).rootfs.diff_ids : [];
  let chain: Digest | undefined;
  for (const [place, layer] of document.layers.entries()) {
    const diffId = diffIds[place];
    if (diffId) chain = chain ? sha256(`${chain} ${diffId}`) : diffId;
    found.add(layer.digest);
    if (!bytes.has(layer.digest)) bytes.set(layer.digest, (await parts.content.stat(layer.digest))?.size ?? 0);
    if (!chain || !snapshotter) continue;
    found.add(`unpacked ${chain}`);
    if (!bytes.has(`unpacked ${chain}`)) bytes.set(`unpacked ${chain}`, (await snapshotter.stat(chain)) ? (await snapshotter.usage(chain)).bytes : 0);
  }
  return found;
}
