import { readdirSync } from 'node:fs';
import type { Mount } from '../../runtime/snapshotter.js';
import type { RuntimeParts } from '../parts.js';
import type { ContainerRecord } from './record.js';

/** Gives a volume that is still empty what the image has at its target: owners, modes and all, as docker does on first use. */
export async function copyUpVolumes(host: RuntimeParts, record: ContainerRecord, rootfs: readonly Mount[]): Promise<void> {
  const empty = record.mounts.filter((mount) => mount.copyUp && readdirSync(mount.source).length === 0);
  if (empty.length === 0) return;
  await host.mounted(rootfs, async (root) => {
    for (const { source, destination } of empty) await host.copyTree(root, destination, source);
  });
}
