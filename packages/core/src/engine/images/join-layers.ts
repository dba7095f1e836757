import type { ContentProvider } from '../../content/content-store.js';
import { readableCompression } from '../../content/layer-indexes.js';
import { CaissonError } from '../../errors.js';
import { decompress } from '../../layers/compression/decompress.js';
import type { LayerWriter } from '../../layers/diff/layer-writer.js';
import type { TarEntry } from '../../layers/entry.js';
import { classify } from '../../layers/index/layer-entry.js';
import type { RawPath } from '../../layers/raw-path.js';
import { TarReader, type TarHandler } from '../../layers/tar/reader.js';
import type { LayerTree, TreeEntry } from '../../layers/tree/layer-tree.js';
import type { Manifest } from '../../model/manifest.js';

/** Two views of one image: below the layers that are to be joined, and with them. */
export interface SquashedTrees {
  readonly below: LayerTree;
  readonly above: LayerTree;
}

export interface JoinOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called now and then: who writes into a stream waits here until there is room in it. */
  readonly pause?: () => Promise<void>;
}

/**
 * Writes all that layers bring beyond those below them as one: with nothing below, the root file system as a plain tar. Each layer is read once,
 * from its beginning to its end. The writer is not finished.
 */
export async function joinLayers(content: ContentProvider, { layers }: Pick<Manifest, 'layers'>, trees: SquashedTrees, writer: LayerWriter, { signal, pause }: JoinOptions = {}): Promise<void> {
  const wanted = plan(writer, trees);
  await pause?.();
  for (const [place, names] of [...wanted].sort(([a], [b]) => a - b)) {
    const layer = layers[place];
    if (!layer) throw new CaissonError('internal', `there is no layer ${place}`);
    const reader = new TarReader(new Copying(writer, names));
    const call = signal ? { signal } : {};
    for await (const chunk of decompress(content.open(layer.digest, call), readableCompression(layer), call)) {
      reader.write(chunk);
      await pause?.();
    }
    reader.end();
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
