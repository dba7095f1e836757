import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError } from '@caisson/core';
import type { LayerService, LayerStack } from '../layers/layer-service.js';

/** Makes the writable layer of an active snapshot, when it is about to be run on or written to for the first time. */
export async function ensureScratch(layers: LayerService, stack: LayerStack, size?: number): Promise<void> {
  if (existsSync(join(stack.folder, 'sandbox.vhdx'))) return;
  if (stack.parents.length === 0) throw new CaissonError('unsupported', 'a Windows container cannot be made from scratch: it needs a base image');
  // The service wants to make the folder itself.
  rmSync(stack.folder, { recursive: true, force: true });
  await layers.createScratch(stack);
  if (size !== undefined) await layers.expandScratch(stack.folder, size);
}
