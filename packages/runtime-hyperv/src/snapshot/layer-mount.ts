import { CaissonError, type Mount } from '@caisson/core';
import type { LayerStack } from '../layers/layer-service.js';

const parentOption = 'parent=';

/** A snapshot as a mount: the folder of its own layer, and each parent's as an option, topmost first. */
export function layerMount({ folder, parents }: LayerStack, access: 'rw' | 'ro'): Mount {
  return { type: 'windows-layer', source: folder, options: [access, ...parents.map((parent) => `${parentOption}${parent}`)] };
}

/** @throws CaissonError `invalid-argument` for mounts of another kind */
export function layerStack(mounts: readonly Mount[]): LayerStack {
  const [mount] = mounts;
  if (mounts.length !== 1 || mount?.type !== 'windows-layer')
    throw new CaissonError('invalid-argument', `a Windows container needs a root file system of Windows layers, not of ${mount?.type ?? 'nothing'}`);
  return { folder: mount.source, parents: mount.options.flatMap((option) => (option.startsWith(parentOption) ? [option.slice(parentOption.length)] : [])) };
}
