import { copy, documentBytes, isCaissonError, layoutSink, mediaTypes, sha256, storeSource, type CacheDestination, type Descriptor, type Digest, type ImageConfig, type Manifest } from '@caisson/core';
import type { ImageDraft } from '../config/image-draft.js';
import { compressed } from '../export/compressed.js';
import { putDocument } from '../export/put-document.js';
import type { Session } from '../session.js';
import { cacheField, toRecords } from './cache-record.js';

/**
 * Writes what this build has found and made to where other builders find it: `min` the steps of the image, `max` those of all stages.
 * It looks like an image whose layers are the steps' results, so that any registry takes it.
 */
export async function exportCaches(session: Session, drafts: readonly ImageDraft[]): Promise<void> {
  for (const location of session.request.cacheTo ?? []) {
    if (location.type === 'inline') continue; // it is in the image's own config
    try {
      const root = await cacheImage(session, location.mode === 'max' ? undefined : new Set(drafts.flatMap((draft) => draft.diffIds)));
      await send(session, location, root);
    } catch (error) {
      if (!location.ignoreError || !isCaissonError(error) || error.code === 'cancelled') throw error;
      session.report({ type: 'warning', message: `the cache could not be written: ${error.message}` });
    }
  }
}

/** The records that `inline` puts into the config of an image. */
export function inlineRecords(session: Session, draft: ImageDraft): Readonly<Record<string, unknown>> {
  const wanted = session.request.cacheTo?.some((location) => location.type === 'inline') ?? false;
  return wanted ? { [cacheField]: toRecords(session.cache.seen, new Set(draft.diffIds)) } : {};
}

async function cacheImage(session: Session, layers: ReadonlySet<Digest> | undefined): Promise<Descriptor> {
  const { host, cache } = session;
  const records = toRecords(cache.seen, layers);
  const sizes = new Map([...cache.seen.values()].flatMap(({ layer }) => (layer ? [[layer.diffId, layer.size] as const] : [])));
  const diffIds = [...new Set(records.flatMap(([, diffId]) => diffId ?? []))].sort();
  const config = documentBytes({ architecture: 'unknown', os: 'unknown', rootfs: { type: 'layers', diff_ids: diffIds }, [cacheField]: records } as ImageConfig);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { mediaType: mediaTypes.config, digest: sha256(config), size: config.byteLength },
    layers: diffIds.map((digest) => ({ mediaType: mediaTypes.layerTar, digest, size: sizes.get(digest) ?? 0 })),
  };
  await putDocument(host.content, manifest.config, config);
  const bytes = documentBytes(manifest);
  const root = { mediaType: mediaTypes.manifest, digest: sha256(bytes), size: bytes.byteLength };
  await putDocument(host.content, root, bytes);
  return root;
}

async function send(session: Session, location: Exclude<CacheDestination, { type: 'inline' }>, root: Descriptor): Promise<void> {
  const { host, signal } = session;
  const source = storeSource(host.content, root, 'the build cache');
  if (location.type === 'registry') {
    await copy(source, (await host.registry()).sink(location.reference), { platforms: 'all', ...compressed(host, location.compression ?? { type: 'gzip' }), signal });
    return;
  }
  await copy(source, layoutSink(location.path), { platforms: 'all', ...compressed(host, location.compression ?? { type: 'zstd' }), signal });
}
