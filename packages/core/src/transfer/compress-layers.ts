import type { LayoutStore } from '../content/layout-store.js';
import { compressLayer } from '../layers/index.js';
import type { Descriptor } from '../model/descriptor.js';
import type { Digest } from '../model/digest.js';
import { layerCompression, mediaTypes, type LayerCompression } from '../model/media-type.js';
import type { StateDatabase } from '../state/database.js';
import type { LayerTransform } from './copy.js';

/**
 * Compresses uncompressed layers on their way out; those that are compressed already go as they are. What a layer became is remembered by
 * its diffID, so that a sink which has it is not sent it again and nothing is compressed for it. The compressed bytes are not kept: where the
 * sink can take them so, they are sent as they are made.
 */
export function compressLayers({ content, db }: { content: LayoutStore; db: StateDatabase }, compression: Exclude<LayerCompression, 'none'>, { level }: { readonly level?: number } = {}): LayerTransform {
  // What another level makes is another blob.
  const kind = level === undefined ? compression : `${compression}:${level}`;
  const mediaType = compression === 'zstd' ? mediaTypes.layerZstd : mediaTypes.layerGzip;
  const known: LayerTransform['known'] = (layer, diffId) => {
    if (layerCompression(layer.mediaType) !== 'none') return layer;
    const made = diffId && remembered(db, diffId, kind);
    return made && { ...layer, mediaType, ...made };
  };
  const transform: (...args: Parameters<LayerTransform>) => ReturnType<LayerTransform> = async (layer, diffId, { source, sink, signal, onProgress }) => {
    if (layerCompression(layer.mediaType) !== 'none') return { descriptor: layer, source };
    const before = known(layer, diffId);
    if (before) {
      if ((await content.stat(before.digest)) !== undefined) return { descriptor: before, source: { blob: (blob, options) => content.open(blob.digest, options) } };
      if (await sink.has(before, signal ? { signal } : {})) return { descriptor: before, source };
    }
    onProgress?.({ id: layer.digest, status: 'compressing', total: layer.size });
    const compressed = (): AsyncIterable<Uint8Array> => compressLayer(source.blob(layer, signal ? { signal } : {}), compression, level === undefined ? { fastest: true } : { level });
    // While it is being compressed already, where the sink can take it so.
    const sent = await sink.putMade?.(`${diffId ?? layer.digest} ${kind}`, compressed, signal ? { signal } : {});
    const blob = sent ?? (await compressTo(content, compressed(), signal));
    if (diffId) remember(db, diffId, kind, blob);
    const descriptor: Descriptor = { ...layer, mediaType, ...blob };
    if (sent) {
      onProgress?.({ id: layer.digest, status: 'done', current: layer.size, total: layer.size });
      return { descriptor, source, sent: true };
    }
    return { descriptor, source: { blob: (wanted, options) => content.open(wanted.digest, options) }, release: () => content.delete(blob.digest).then(() => {}) };
  };
  return Object.assign(transform, { known });
}

async function compressTo(content: LayoutStore, bytes: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<Pick<Descriptor, 'digest' | 'size'>> {
  await using writer = await content.writer({ ref: `compress ${content.stagingPath()}`, ...(signal ? { signal } : {}) });
  let size = 0;
  for await (const piece of bytes) {
    await writer.write(piece);
    size += piece.byteLength;
  }
  return { digest: await writer.commit(), size };
}

function remembered(db: StateDatabase, diffId: Digest, kind: string): Pick<Descriptor, 'digest' | 'size'> | undefined {
  const row = db.get<{ digest: string; size: number }>('SELECT digest, size FROM layer_blobs WHERE diff_id = ? AND compression = ?', diffId, kind);
  return row && { digest: row.digest as Digest, size: row.size };
}

function remember(db: StateDatabase, diffId: Digest, kind: string, { digest, size }: Pick<Descriptor, 'digest' | 'size'>): void {
  db.run('INSERT OR REPLACE INTO layer_blobs (diff_id, compression, digest, size) VALUES (?, ?, ?, ?)', diffId, kind, digest, size);
}
