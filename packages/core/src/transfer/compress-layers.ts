import type { LayoutStore } from '../content/layout-store.js';
import { compressLayer, decompress } from '../layers/index.js';
import type { Descriptor } from '../model/descriptor.js';
import type { Digest } from '../model/digest.js';
import { isForeignLayer, layerCompression, mediaTypes, type LayerCompression } from '../model/media-type.js';
import type { StateDatabase } from '../state/database.js';
import type { LayerTransform } from './copy.js';

/** Smaller layers are compressed before a program for that has started. */
const worthProgram = 1024 * 1024;

export interface CompressLayersOptions {
  readonly level?: number;
  /** Layers that are compressed otherwise are made anew too; those that are compressed like that already go as they are, whatever their level. */
  readonly force?: boolean;
}

/**
 * Compresses uncompressed layers on their way out; those that are compressed already go as they are, unless that is forced. What a layer became is remembered by
 * its diffID, so that a sink which has it is not sent it again and nothing is compressed for it. The compressed bytes are not kept: where the
 * sink can take them so, they are sent as they are made.
 */
export function compressLayers({ content, db }: { content: LayoutStore; db: StateDatabase }, compression: LayerCompression, { level, force = false }: CompressLayersOptions = {}): LayerTransform {
  // What another level makes is another blob.
  const kind = level === undefined ? compression : `${compression}:${level}`;
  const mediaType = { none: mediaTypes.layerTar, gzip: mediaTypes.layerGzip, zstd: mediaTypes.layerZstd }[compression];
  /** How a layer that is to be made anew is compressed now. */
  const before = ({ mediaType: own }: Descriptor): LayerCompression | undefined => {
    const now = isForeignLayer(own) ? undefined : layerCompression(own);
    return now !== compression && (now === 'none' || force) ? now : undefined;
  };
  const known: LayerTransform['known'] = (layer, diffId) => {
    if (before(layer) === undefined) return layer;
    const made = diffId && remembered(db, diffId, kind);
    return made && { ...layer, mediaType, ...made };
  };
  const transform: (...args: Parameters<LayerTransform>) => ReturnType<LayerTransform> = async (layer, diffId, { source, sink, signal, onProgress }) => {
    const packed = before(layer);
    if (packed === undefined) return { descriptor: layer, source };
    const made = known(layer, diffId);
    if (made) {
      if ((await content.stat(made.digest)) !== undefined) return { descriptor: made, source: { blob: (blob, options) => content.open(blob.digest, options) } };
      if (await sink.has(made, signal ? { signal } : {})) return { descriptor: made, source };
    }
    onProgress?.({ id: layer.digest, status: 'compressing', total: layer.size });
    const compressed = (): AsyncIterable<Uint8Array> => compressLayer(unpacked(source.blob(layer, signal ? { signal } : {}), packed), compression, level === undefined ? { fastest: layer.size >= worthProgram } : { level });
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

function unpacked(bytes: AsyncIterable<Uint8Array>, compression: LayerCompression): AsyncIterable<Uint8Array> {
  return compression === 'none' ? bytes : decompress(bytes, compression);
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
