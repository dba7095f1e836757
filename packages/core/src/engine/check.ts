import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { LayerOrigins } from '../content/layer-origins.js';
import type { LayoutStore } from '../content/layout-store.js';
import type { LayerIndexes } from '../content/layer-indexes.js';
import type { ImageStore } from '../content/image-store.js';
import { openStored } from '../content/image.js';
import { isCaissonError } from '../errors.js';
import { digestAlgorithm, digestHex, type Digest } from '../model/digest.js';
import type { Differ } from '../runtime/differ.js';
import type { Snapshotter } from '../runtime/snapshotter.js';
import type { StateDatabase } from '../state/database.js';
import { checkUnpacked } from './check-unpacked.js';
import { collect } from './collect.js';
import type { Fault } from './fault.js';

export interface CheckedParts {
  readonly db: StateDatabase;
  readonly content: LayoutStore;
  readonly images: ImageStore;
  readonly indexes: LayerIndexes;
  readonly containersFolder: string;
  /** Absent where nothing can be unpacked. */
  readonly host?: { readonly snapshotter: Snapshotter; readonly differ: Differ };
}

export interface CheckResult {
  readonly blobs: number;
  readonly images: number;
  readonly faults: readonly Fault[];
}

/**
 * Proves a store whole: the database, every blob against its digest, every image against its blobs, snapshots and folders against the
 * records they belong to. With `repair`, what is damaged or belongs to nothing is removed, so that it can be pulled or built again.
 */
export async function checkStore(
  { db, content, images, host, indexes, containersFolder }: CheckedParts,
  { repair = false, signal }: { repair?: boolean; signal?: AbortSignal } = {},
): Promise<CheckResult> {
  const faults: Fault[] = db.check().map((problem) => ({ problem: `state.db: ${problem}` }));
  const blobs = await checkBlobs(content, faults, repair, signal);
  const records = await images.list();
  const origins = new LayerOrigins(db);
  for (const { target, names } of records) {
    const name = names[0] ?? target.digest;
    const problem = await missingPart(content, origins, target, name);
    if (problem === undefined) continue;
    if (repair) await images.remove(target.digest);
    faults.push({ problem, ...(repair ? { repaired: `the image ${name} was removed; pull or build it again` } : {}) });
  }
  const ids = new Set(db.all<{ id: string }>('SELECT id FROM containers').map((row) => row.id));
  for (const folder of existsSync(containersFolder) ? readdirSync(containersFolder) : []) {
    if (ids.has(folder)) continue;
    if (repair) rmSync(join(containersFolder, folder), { recursive: true, force: true });
    faults.push({ problem: `the folder ${folder} belongs to no container`, ...(repair ? { repaired: 'it was removed' } : {}) });
  }
  if (host) {
    await checkSnapshots(host.snapshotter, ids, faults, repair);
    await checkUnpacked({ content, indexes, ...host }, records, faults, repair, signal);
  }
  if (repair) await collect({ db, content, ...(host ? { snapshotter: host.snapshotter } : {}) });
  return { blobs, images: records.length, faults };
}

async function checkBlobs(content: LayoutStore, faults: Fault[], repair: boolean, signal: AbortSignal | undefined): Promise<number> {
  let count = 0;
  for await (const { digest } of content.list()) {
    count++;
    const hash = createHash(digestAlgorithm(digest));
    for await (const piece of content.open(digest, signal ? { signal } : {})) hash.update(piece);
    if (hash.digest('hex') === digestHex(digest)) continue;
    if (repair) await content.delete(digest);
    faults.push({ problem: `the blob ${digest} is damaged`, ...(repair ? { repaired: 'it was removed' } : {}) });
  }
  return count;
}

async function missingPart(content: LayoutStore, origins: LayerOrigins, target: { mediaType: string; digest: Digest; size: number }, name: string): Promise<string | undefined> {
  try {
    const { manifest } = await openStored(content, target, { name });
    for (const layer of manifest.layers) if (!(await content.stat(layer.digest)) && !layer.urls && !origins.find(layer.digest)) return `the image ${name} lacks its layer ${layer.digest}`;
    return undefined;
  } catch (error) {
    if (!isCaissonError(error)) throw error;
    return `the image ${name} cannot be read: ${error.message}`;
  }
}

async function checkSnapshots(snapshotter: Snapshotter, containers: ReadonlySet<string>, faults: Fault[], repair: boolean): Promise<void> {
  const all = await Array.fromAsync(snapshotter.list());
  const names = new Set(all.map((snapshot) => snapshot.name));
  for (const { name, kind, parent } of all) {
    if (parent !== undefined && !names.has(parent)) faults.push({ problem: `the snapshot ${name} stands on ${parent}, which is missing` });
    // A container's snapshot has the container's ID for a name.
    if (kind !== 'active' || !/^[0-9a-f]{64}$/.test(name) || containers.has(name)) continue;
    if (repair) await snapshotter.remove(name);
    faults.push({ problem: `the snapshot ${name} belongs to no container`, ...(repair ? { repaired: 'it was removed' } : {}) });
  }
}
