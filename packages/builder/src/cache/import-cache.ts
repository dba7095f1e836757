import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import {
  CaissonError,
  decompress,
  Digester,
  familiarReference,
  isCaissonError,
  layoutSource,
  layerCompression,
  parseImageConfig,
  parseManifest,
  isIndex,
  type CacheLocation,
  type Descriptor,
  type Digest,
  type ImageSource,
} from '@caisson/core';
import type { Session } from '../session.js';
import type { StepResult } from './build-cache.js';
import { readRecords } from './cache-record.js';

interface Imported {
  readonly records: ReadonlyMap<Digest, Digest | null>;
  readonly layers: ReadonlyMap<Digest, Descriptor>;
  readonly source: ImageSource;
}

/**
 * Caches of other builders. Their records are read at the start; a layer is fetched when a step is found in them, checked against its
 * diffID and kept as if it had been made here. A cache that is not there is no error, since the first build has none: it is told.
 */
export async function importCaches(session: Session): Promise<void> {
  const caches: Imported[] = [];
  for (const location of session.request.cacheFrom ?? []) {
    try {
      const cache = await open(session, location);
      if (cache) caches.push(cache);
    } catch (error) {
      if (!isCaissonError(error)) throw error;
      session.report({ type: 'warning', message: `the cache ${nameOf(location)} cannot be used: ${error.message}` });
    }
  }
  if (caches.length === 0) return;
  session.cache.elsewhere = (key) => find(session, caches, key);
}

async function open(session: Session, location: CacheLocation): Promise<Imported | undefined> {
  const source = await sourceOf(session, location);
  if (!source) return undefined;
  const call = { signal: session.signal };
  const root = await source.resolve(call);
  const manifest = parseManifest(await source.document(root, call), root.mediaType, source.name);
  if (isIndex(manifest)) throw new CaissonError('invalid-content', `${source.name} is an index, not a build cache`);
  const config = parseImageConfig(await source.document(manifest.config, call), `the config of ${source.name}`);
  const layers = new Map(config.rootfs.diff_ids.map((diffId, place) => [diffId, manifest.layers[place] as Descriptor]));
  return { records: readRecords(config as unknown as Record<string, unknown>), layers, source };
}

async function sourceOf(session: Session, location: CacheLocation): Promise<ImageSource | undefined> {
  if (location.type === 'local') {
    return layoutSource(location.path);
  }
  if (!location.reference) throw new CaissonError('invalid-argument', 'a cache to import needs the name of an image');
  return (await session.host.registry()).source(location.reference);
}

async function find(session: Session, caches: readonly Imported[], key: Digest): Promise<StepResult | undefined> {
  for (const { records, layers, source } of caches) {
    const diffId = records.get(key);
    if (diffId === undefined) continue;
    if (diffId === null) return {};
    const there = await session.host.content.stat(diffId);
    if (there) return { layer: { diffId, size: there.size } };
    const layer = layers.get(diffId);
    if (!layer) continue;
    try {
      return { layer: { diffId, size: await fetchLayer(session, source, layer, diffId) } };
    } catch (error) {
      if (!isCaissonError(error) || error.code === 'cancelled') throw error;
      session.report({ type: 'warning', message: `a layer of the cache ${source.name} cannot be used: ${error.message}` });
    }
  }
  return undefined;
}

/** Brings a layer here, uncompressed as those that are made here. */
async function fetchLayer({ host, signal }: Session, source: ImageSource, layer: Descriptor, diffId: Digest): Promise<number> {
  const path = host.content.stagingPath();
  const digester = new Digester();
  const fd = openSync(path, 'wx', 0o644);
  try {
    for await (const chunk of decompress(source.blob(layer, { signal }), layerCompression(layer.mediaType) ?? 'auto', { signal })) {
      digester.update(chunk);
      for (let at = 0; at < chunk.length; ) at += writeSync(fd, chunk, at);
    }
    fsyncSync(fd);
    if (digester.digest() !== diffId) throw new CaissonError('digest-mismatch', `the content of layer ${layer.digest} is not ${diffId}`);
    await host.content.adopt(path, diffId);
    return digester.size;
  } finally {
    closeSync(fd);
    rmSync(path, { force: true });
  }
}

function nameOf(location: CacheLocation): string {
  return location.type === 'local' ? location.path : location.reference ? familiarReference(location.reference) : 'inline';
}
