import { mkdirSync, readdirSync, rmSync, rmdirSync, lstatSync } from 'node:fs';
import { join } from 'node:path/win32';
import type { LayerService, LayerStack } from './layer-service.js';
import { readTombstones } from './layer-exporter.js';

/** Makes a layer at `target` of what a scratch layer changed, for others to stand on: exported and imported, without an archive between. */
export async function scratchToLayer(layers: LayerService, { folder, parents }: LayerStack, target: string, temporary: string): Promise<void> {
  mkdirSync(temporary, { recursive: true });
  mkdirSync(target, { recursive: true });
  await layers.export({ folder, parents }, temporary);
  const tombstones = join(temporary, 'tombstones.txt');
  const gone = readTombstones(tombstones);
  rmSync(tombstones);
  await layers.import({ folder: target, parents }, temporary);
  for (const [below, names] of gone) for (const name of names) removeTombstone(join(target, below), name);
}

/** Import leaves a placeholder for what is gone; its removal is what hides it. */
function removeTombstone(folder: string, name: string): void {
  const found = names(folder).find((other) => other.toLowerCase() === name.toLowerCase());
  if (found === undefined) return;
  const path = join(folder, found);
  if (lstatSync(path).isDirectory()) rmdirSync(path);
  else rmSync(path);
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // the folder is no part of this layer
  }
}
