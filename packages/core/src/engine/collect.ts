import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { LayerOrigins } from '../content/layer-origins.js';
import type { LayoutStore } from '../content/layout-store.js';
import { CaissonError } from '../errors.js';
import type { Descriptor } from '../model/descriptor.js';
import { sha256, type Digest } from '../model/digest.js';
import { isIndexType, isManifestType } from '../model/media-type.js';
import { isIndex, parseImageConfig, parseManifest } from '../model/parse.js';
import type { Snapshotter } from '../runtime/snapshotter.js';
import type { StateDatabase } from '../state/database.js';
import { protectedByLeases } from '../state/leases.js';
import { isAlive, bootId } from '../state/process-identity.js';

/** What images and cache records reach: their blobs, and the ChainIDs of their layers. */
export interface Reachable {
  readonly blobs: Set<string>;
  readonly chains: Set<Digest>;
}

/**
 * Walks from a root to everything it needs that the store has. A part that is missing is passed over here (an index of several platforms
 * is rarely whole); a part that cannot be read stops the walk, because then nothing may be called unreachable.
 */
export async function reach(content: LayoutStore, root: Descriptor, into: Reachable): Promise<void> {
  into.blobs.add(root.digest);
  if (!isIndexType(root.mediaType) && !isManifestType(root.mediaType)) return;
  if (!(await content.stat(root.digest))) return;
  const document = parseManifest(await content.read(root.digest), root.mediaType);
  if (isIndex(document)) {
    for (const child of document.manifests) await reach(content, child, into);
    return;
  }
  for (const part of [document.config, ...document.layers]) into.blobs.add(part.digest);
  if (!(await content.stat(document.config.digest))) return;
  let chain: Digest | undefined;
  // An artifact's config is no image config: it has no layers to unpack.
  if (!/image\.config|container\.image/.test(document.config.mediaType)) return;
  for (const diffId of parseImageConfig(await content.read(document.config.digest)).rootfs.diff_ids) {
    chain = chain ? sha256(`${chain} ${diffId}`) : diffId;
    into.chains.add(chain);
  }
}

/**
 * Garbage collection: removes each blob and snapshot that no image, container, cache record or lease needs, and what dead processes left
 * half-written. Marks outside the database's lock; then, with the lock held, checks that no name or lease has come since, and sweeps.
 * Returns the bytes that became free.
 */
export async function collect({ db, content, snapshotter }: { db: StateDatabase; content: LayoutStore; snapshotter?: Snapshotter }): Promise<number> {
  for (let tries = 0; tries < 5; tries++) {
    const seen = generation(db);
    const reachable: Reachable = { blobs: new Set(), chains: new Set() };
    for (const { descriptor } of db.all<{ descriptor: string }>('SELECT descriptor FROM images')) await reach(content, JSON.parse(descriptor) as Descriptor, reachable);
    for (const { target } of db.all<{ target: string }>('SELECT DISTINCT image_target AS target FROM containers')) reachable.blobs.add(target);
    for (const { digest } of db.all<{ digest: string }>('SELECT digest FROM build_cache_blobs')) reachable.blobs.add(digest);
    const candidates: { digest: Digest; size: number; modified: number }[] = [];
    for await (const blob of content.list()) if (!reachable.blobs.has(blob.digest)) candidates.push({ digest: blob.digest, size: blob.size, modified: blob.modified.getTime() });

    let freed: number | undefined;
    db.transaction(() => {
      if (generation(db) !== seen) return;
      const leases = protectedByLeases(db);
      freed = 0;
      for (const { digest, size, modified } of candidates) {
        // A blob may carry the time at which its writing began; a minute is more than clocks and rounding need.
        if (leases.digests.has(digest) || modified >= leases.since - 60_000) continue;
        rmSync(content.pathOf(digest), { force: true });
        freed += size;
      }
      if (leases.since === Number.POSITIVE_INFINITY) new LayerOrigins(db).keep(reachable.blobs);
    });
    if (freed === undefined) continue;
    removeStale(content);
    return freed + (snapshotter ? await collectSnapshots(db, snapshotter, reachable.chains) : 0);
  }
  throw new CaissonError('unavailable', 'images kept changing while unneeded data was being looked for', { hint: 'try again when less is going on' });
}

/** Changes with every image, container and cache record that comes or goes. */
function generation(db: StateDatabase): string {
  return JSON.stringify(
    db.get(`SELECT (SELECT count(*) || '.' || coalesce(sum(rowid), 0) || '.' || coalesce(max(added), 0) FROM images) AS images,
      (SELECT count(*) || '.' || coalesce(max(created), 0) FROM containers) AS containers,
      (SELECT count(*) || '.' || coalesce(max(created), 0) FROM build_cache) AS cache`),
  );
}

async function collectSnapshots(db: StateDatabase, snapshotter: Snapshotter, chains: ReadonlySet<Digest>): Promise<number> {
  const all = await Array.fromAsync(snapshotter.list());
  // Whatever an active snapshot stands on stays, whoever made it.
  const parents = new Map(all.map((snapshot) => [snapshot.name, snapshot.parent]));
  const needed = new Set<string>(chains);
  for (const snapshot of all) if (snapshot.kind !== 'committed') for (let at = snapshot.parent; at; at = parents.get(at)) needed.add(at);
  // A lease means that a build or pull is at work, perhaps on snapshots that nothing names yet.
  if (db.transaction(() => protectedByLeases(db).since) !== Number.POSITIVE_INFINITY) return 0;
  const children = new Map<string, number>();
  for (const { parent } of all) if (parent) children.set(parent, (children.get(parent) ?? 0) + 1);

  let freed = 0;
  const removed = new Set<string>();
  const remove = async (name: string): Promise<void> => {
    if (removed.has(name)) return;
    removed.add(name);
    freed += (await snapshotter.usage(name)).bytes;
    await snapshotter.remove(name);
    const parent = parents.get(name);
    if (!parent) return;
    children.set(parent, (children.get(parent) ?? 1) - 1);
    if (children.get(parent) === 0 && !needed.has(parent)) await remove(parent);
  };
  for (const { name, kind } of all) if (kind === 'committed' && !needed.has(name) && !children.get(name)) await remove(name);
  return freed;
}

/** Half-written blobs that no live process is at: staging files by the owner in their name, resumable ones after a day. */
function removeStale(content: LayoutStore): void {
  const folder = join(content.root, 'ingest');
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const [, pid, started] = /^stage-(\d+)-(\d+)-/.exec(name) ?? [];
    const dead = pid !== undefined ? !isAlive({ pid: Number(pid), started: Number(started), boot: bootId() }) : Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > 86_400_000;
    if (dead) rmSync(path, { force: true });
  }
}
