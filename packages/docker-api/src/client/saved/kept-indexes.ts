import { readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { digestHex, LayerIndexes, type Digest, type LayerIndex } from '@caisson/core';

/** Where programs of this user keep what they can make again. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env, platform: NodeJS.Platform = process.platform): string {
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local'), 'caisson', 'cache');
  if (platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'caisson');
  return join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'caisson');
}

/** Tables of contents of other hosts' layers. Above `maxBytes` those go that were not looked at for longest. */
export class KeptIndexes extends LayerIndexes {
  readonly #maxBytes: number;

  constructor(folder: string = join(cacheFolder(), 'layer-indexes'), maxBytes: number = 256 * 2 ** 20) {
    super(folder);
    this.#maxBytes = maxBytes;
  }

  override load(diffId: Digest, options: { contentDigests?: boolean } = {}): LayerIndex | undefined {
    const index = super.load(diffId, options);
    if (index) touch(join(this.folder, digestHex(diffId)));
    return index;
  }

  override save(index: LayerIndex): void {
    super.save(index);
    this.#shrink();
  }

  #shrink(): void {
    const files = this.#files().sort((a, b) => b.used - a.used);
    let bytes = 0;
    for (const { path, size } of files) {
      bytes += size;
      if (bytes > this.#maxBytes) rmSync(path, { force: true });
    }
  }

  #files(): { path: string; size: number; used: number }[] {
    try {
      return readdirSync(this.folder).flatMap((name) => {
        const path = join(this.folder, name);
        const found = statSync(path, { throwIfNoEntry: false });
        return found?.isFile() ? [{ path, size: found.size, used: found.mtimeMs }] : [];
      });
    } catch {
      return []; // it could not be made: nothing is kept
    }
  }
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Another process may have taken it away meanwhile.
  }
}
