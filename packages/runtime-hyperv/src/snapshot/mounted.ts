import type { Mount } from '@caisson/core';
import { openVmCompute } from '../hcs/vmcompute.js';
import { LayerService } from '../layers/layer-service.js';
import type { LibraryPaths } from '../win32/library-paths.js';
import { ensureScratch } from './ensure-scratch.js';
import { layerStack } from './layer-mount.js';

/** Mounts a snapshot for the time of `use`, which gets the path of its volume. */
export async function mounted<T>(mounts: readonly Mount[], use: (path: string) => T | Promise<T>, libraries: Partial<LibraryPaths> = {}): Promise<T> {
  const stack = layerStack(mounts);
  const layers = new LayerService(openVmCompute(libraries));
  await ensureScratch(layers, stack);
  const volume = await layers.mount(stack);
  try {
    return await use(volume);
  } finally {
    await layers.unmount(stack.folder);
  }
}
