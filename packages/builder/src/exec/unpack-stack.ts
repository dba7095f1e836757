import { isReady, mediaTypes, sha256, unpack, type Digest } from '@caisson/core';
import type { StackedLayer } from '../host.js';
import type { Session } from '../session.js';

/** Makes sure that the snapshots of a stack of layers are there, fetching layers only where they are not. Gives its ChainID. */
export async function unpackStack(session: Session, layers: readonly StackedLayer[]): Promise<Digest | undefined> {
  const { host, signal } = session;
  const { snapshotter, differ } = await session.execution();
  const chains: Digest[] = [];
  for (const { diffId } of layers) chains.push(chains.length === 0 ? diffId : sha256(`${chains.at(-1)} ${diffId}`));
  let ready = chains.length;
  while (ready > 0 && !(await isReady(snapshotter, chains[ready - 1] as Digest))) ready--;
  if (ready === chains.length) return chains.at(-1);
  await session.layers.ensure(layers.slice(ready).map((layer) => layer.diffId), signal);
  const none = { mediaType: mediaTypes.config, digest: sha256(''), size: 0 };
  return unpack(
    { content: host.content, snapshotter, differ, locks: host.locksFolder, indexes: session.layers.kept },
    {
      manifest: { schemaVersion: 2, mediaType: mediaTypes.manifest, config: none, layers: layers.map((layer) => layer.descriptor) },
      config: { ...host.platform, rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) } },
    },
    { signal },
  );
}
