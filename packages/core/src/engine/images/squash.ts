import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import type { Image } from '../../content/image.js';
import type { NewImage } from '../../content/image-store.js';
import { readableCompression } from '../../content/layer-indexes.js';
import type { LayoutStore } from '../../content/layout-store.js';
import { CaissonError, fromSystemError } from '../../errors.js';
import { decompress } from '../../layers/compression/decompress.js';
import { LayerWriter } from '../../layers/diff/layer-writer.js';
import type { TarEntry } from '../../layers/entry.js';
import { classify } from '../../layers/index/layer-entry.js';
import type { RawPath } from '../../layers/raw-path.js';
import { TarReader, type TarHandler } from '../../layers/tar/reader.js';
import type { LayerTree, TreeEntry } from '../../layers/tree/layer-tree.js';
import type { Descriptor } from '../../model/descriptor.js';
import type { HistoryEntry, ImageConfig } from '../../model/image-config.js';
import type { Manifest } from '../../model/manifest.js';
import { mediaTypes } from '../../model/media-type.js';
import { putDocument } from './put-document.js';

type Documents = Pick<Image, 'manifest' | 'config'>;

/** Two views of one image: below the layers that are to be joined, and with them. */
export interface SquashedTrees {
  readonly below: LayerTree;
  readonly above: LayerTree;
}

/**
 * Joins an image's layers from number `from` on into one: what a layer made and a later one deleted or replaced is in it no more. The new
 * image has the same files and the same defaults. The caller holds a lease.
 */
export async function squashImage(content: LayoutStore, { manifest, config }: Documents, from: number, trees: SquashedTrees, signal: AbortSignal | undefined): Promise<NewImage> {
  const count = manifest.layers.length;
  if (!Number.isInteger(from) || from < 0 || from >= count) throw new CaissonError('invalid-argument', count === 0 ? 'the image has no layers' : `there is no layer ${from}: there are 0 to ${count - 1}`);
  const layer = await writeJoined(content, manifest, trees, signal);
  const squashed: ImageConfig = {
    ...config,
    rootfs: { type: 'layers', diff_ids: [...config.rootfs.diff_ids.slice(0, from), layer.digest] },
    history: joinedHistory(config, from, count),
  };
  const configDescriptor = await putDocument(content, squashed, mediaTypes.config);
  const inOci = (old: Descriptor): Descriptor => ({ ...old, mediaType: old.mediaType === mediaTypes.dockerLayerGzip ? mediaTypes.layerGzip : old.mediaType });
  const document: Manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: configDescriptor, layers: [...manifest.layers.slice(0, from).map(inOci), layer] };
  return { target: await putDocument(content, document, mediaTypes.manifest), id: configDescriptor.digest };
}

/** The steps stay, without their layers, and the last one has the joined layer. */
function joinedHistory({ history = [] }: ImageConfig, from: number, count: number): HistoryEntry[] {
  let place = 0;
  const steps = history.map((step) => (step.empty_layer || place++ < from ? step : { ...step, empty_layer: true }));
  return [...steps, { created: new Date().toISOString(), created_by: 'caisson image squash', comment: `joins ${count - from} layers` }];
}

async function writeJoined(content: LayoutStore, manifest: Manifest, trees: SquashedTrees, signal: AbortSignal | undefined): Promise<Descriptor> {
  const path = content.stagingPath();
  const fd = openSync(path, 'wx', 0o644);
  try {
    const writer = new LayerWriter((chunk) => {
      for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
    });
    const wanted = plan(writer, trees);
    for (const [place, names] of [...wanted].sort(([a], [b]) => a - b)) {
      const layer = manifest.layers[place];
      if (!layer) throw new CaissonError('internal', `there is no layer ${place}`);
      const reader = new TarReader(new Copying(writer, names));
      const call = signal ? { signal } : {};
      for await (const chunk of decompress(content.open(layer.digest, call), readableCompression(layer), call)) reader.write(chunk);
      reader.end();
    }
    const { diffId, size } = writer.finish();
    fsyncSync(fd);
    await content.adopt(path, diffId);
    return { mediaType: mediaTypes.layerTar, digest: diffId, size };
  } catch (error) {
    throw fromSystemError(error, 'writing a layer');
  } finally {
    closeSync(fd);
    rmSync(path, { force: true });
  }
}

/** Writes what has no content, folders first, and tells for the rest where it lies: by layer and place in it, the names it is to have. */
function plan(writer: LayerWriter, { below, above }: SquashedTrees): Map<number, Map<number, TreeEntry[]>> {
  const wanted = new Map<number, Map<number, TreeEntry[]>>();
  for (const entry of above.walk()) {
    if (below.lookup(entry.path, { followSymlinks: false })?.inode === entry.inode) continue;
    if (entry.type === 'directory') writer.add({ ...entry, size: 0, linkname: '' });
    else {
      const [layer = 0, place = 0] = entry.inode.split(':').map(Number);
      const places = wanted.get(layer) ?? new Map<number, TreeEntry[]>();
      places.set(place, [...(places.get(place) ?? []), entry]);
      wanted.set(layer, places);
    }
  }
  const isFolder = (path: RawPath): boolean => above.lookup(path, { followSymlinks: false })?.type === 'directory';
  for (const { path } of below.walk('', (folder) => isFolder(folder.path))) if (!above.lookup(path, { followSymlinks: false })) writer.whiteout(path);
  return wanted;
}

/** Copies the entries of one layer that are wanted, under the names that they have in the end. */
class Copying implements TarHandler {
  readonly #writer: LayerWriter;
  readonly #wanted: ReadonlyMap<number, readonly TreeEntry[]>;
  #place = 0;
  #names: readonly TreeEntry[] | undefined;

  constructor(writer: LayerWriter, wanted: ReadonlyMap<number, readonly TreeEntry[]>) {
    this.#writer = writer;
    this.#wanted = wanted;
  }

  entry(entry: TarEntry): void {
    this.#names = classify(entry) === undefined ? undefined : this.#wanted.get(this.#place++);
    const [first] = this.#names ?? [];
    if (first) this.#writer.begin({ ...first, type: first.type });
  }

  data(chunk: Buffer): void {
    if (this.#names) this.#writer.write(chunk);
  }

  hole(length: number): void {
    if (this.#names) for (let left = length; left > 0; left -= zeros.length) this.#writer.write(left < zeros.length ? zeros.subarray(0, left) : zeros);
  }

  endEntry(): void {
    const [first, ...others] = this.#names ?? [];
    if (!first) return;
    this.#writer.end();
    for (const { path } of others) this.#writer.add({ ...first, path, type: 'hardlink', size: 0, linkname: first.path });
    this.#names = undefined;
  }
}

const zeros = Buffer.alloc(64 * 1024);
