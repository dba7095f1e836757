import { CaissonError } from '../../../errors.js';
import { Extractor } from '../../../layers/apply/extractor.js';
import { decompress } from '../../../layers/compression/decompress.js';
import type { TarEntry } from '../../../layers/entry.js';
import { cleanPath, displayPath, joinPath, type RawPath } from '../../../layers/raw-path.js';
import type { Syscalls } from '../../../layers/syscalls.js';
import { TarReader, type TarHandler } from '../../../layers/tar/reader.js';
import type { WriteOptions } from '../../engine.js';
import type { OpenedRoot } from '../../parts.js';
import type { RootView } from './root-view.js';

export interface ExtractInto extends WriteOptions {
  readonly root: string;
  /** What the container's root is on the host; absent: root. */
  readonly firstIds?: OpenedRoot['firstIds'];
  /** Free of links, from the root. */
  readonly folder: RawPath;
  readonly view: RootView;
  readonly syscalls?: Syscalls;
  /** Called with each file's size. */
  readonly onFile?: (bytes: number) => void;
  /** Gives an entry another name; undefined leaves it out. */
  readonly rename?: (path: RawPath) => RawPath | undefined;
}

/**
 * Unpacks an archive into a folder of a root file system. Names are what they are: nothing in a plain archive is a whiteout. Links in
 * the tree are followed as a process in it would, and never out of it.
 */
export async function extractInto(tar: AsyncIterable<Uint8Array>, options: ExtractInto): Promise<void> {
  const extractor = new Extractor(options.root, {
    mode: 'merge',
    follow: 'target',
    ...(options.syscalls ? { syscalls: options.syscalls } : {}),
    ...ownersOf(options),
  });
  const reader = new TarReader(new Placing(extractor, options));
  try {
    for await (const chunk of decompress(tar, 'auto', options.signal ? { signal: options.signal } : {})) reader.write(chunk);
    reader.end();
    extractor.finish();
  } catch (error) {
    extractor.abort();
    throw error;
  }
}

/** Owners as they are in the container, told as the host's. */
function ownersOf({ keepOwners, firstIds }: ExtractInto): { mapOwner?: (uid: number, gid: number) => { uid: number; gid: number } } {
  const first = firstIds ?? { uid: 0, gid: 0 };
  if (keepOwners !== true) return { mapOwner: () => first };
  return firstIds ? { mapOwner: (uid, gid) => ({ uid: uid + first.uid, gid: gid + first.gid }) } : {};
}

class Placing implements TarHandler {
  readonly #extractor: Extractor;
  readonly #options: ExtractInto;

  constructor(extractor: Extractor, options: ExtractInto) {
    this.#extractor = extractor;
    this.#options = options;
  }

  entry(entry: TarEntry, offset: number, sparse: unknown): void {
    const { folder } = this.#options;
    const rename = this.#options.rename ?? ((path: RawPath) => path);
    const own = rename(cleanPath(entry.path));
    if (own === undefined) return;
    this.#options.onFile?.(entry.size);
    // The folder that is unpacked into is there, and stays as it is.
    if (own === '') return;
    const path = joinPath(folder, own);
    if (this.#options.keepTypes === true) this.#checkTypes(path, own, entry);
    const linkname = entry.type === 'hardlink' ? joinPath(folder, rename(cleanPath(entry.linkname)) ?? '') : entry.linkname;
    this.#extractor.entry({ ...entry, path, linkname }, offset, sparse, { type: entry.type, path, linkname });
  }

  /** @throws CaissonError `invalid-argument` */
  #checkTypes(path: RawPath, own: RawPath, entry: TarEntry): void {
    const there = this.#options.view.find(path);
    if (!there) return;
    const [was, is] = [there.stat.isDirectory(), entry.type === 'directory'];
    if (was === is) return;
    throw new CaissonError('invalid-argument', is ? `a folder cannot replace ${displayPath(own)}, which is none` : `the folder ${displayPath(own)} cannot be replaced by what is none`);
  }

  data(chunk: Buffer): void {
    this.#extractor.data(chunk);
  }

  hole(length: number): void {
    this.#extractor.hole(length);
  }

  endEntry(): void {
    this.#extractor.endEntry();
  }
}
