import { openImage } from '../../content/image.js';
import { LayerWriter } from '../../layers/diff/layer-writer.js';
import type { Digest } from '../../model/digest.js';
import { Digester } from '../../model/digest.js';
import { mediaTypes } from '../../model/media-type.js';
import type { Platform } from '../../model/platform.js';
import type { WritePiece } from '../../archive/piped.js';
import { contentSink } from '../../transfer/content-sink.js';
import type { ImageSink } from '../../transfer/image-source.js';
import type { EngineParts } from '../parts.js';
import { openContents } from './stored-layers.js';
import { joinLayers } from './join-layers.js';

export interface RootfsSinkOptions {
  readonly write: WritePiece;
  /** Told of each blob of the image, so that a lease can keep it. */
  readonly hold?: (digest: Digest) => void;
  readonly platform?: Platform;
}

/**
 * Writes the root file system of an image as one plain tar: every layer over those below it, and nothing of what they hide. The layers are gathered
 * in the store first, since a file that the lowest has may be another's in the highest. A source with a root file system at hand is
 * written as it is.
 */
export function rootfsSink(parts: Pick<EngineParts, 'content' | 'paths'>, { write, hold, platform }: RootfsSinkOptions): ImageSink {
  const { content } = parts;
  const name = 'the archive of a root file system';
  return {
    ...contentSink(content, name, {
      ...(hold ? { hold } : {}),
      async finish(root, { signal } = {}) {
        const image = await openImage((descriptor) => content.read(descriptor.digest), root, { name, ...(platform ? { platform } : {}) });
        const pieces: Uint8Array[] = [];
        const pause = async (): Promise<void> => {
          for (const piece of pieces.splice(0)) await write(piece);
        };
        // The writer uses its buffer again.
        const writer = new LayerWriter((chunk) => pieces.push(Uint8Array.from(chunk)), { bufferSize: 256 * 1024 });
        await joinLayers(content, image.manifest, await openContents(parts).trees(image, 0, signal), writer, { signal, pause });
        writer.finish();
        await pause();
      },
    }),
    async has(descriptor) {
      hold?.(descriptor.digest);
      // What a build left in its registry comes from there.
      return content.bring(descriptor.digest);
    },
    async putRootfs(bytes) {
      const digester = new Digester();
      for await (const piece of bytes) {
        const written = write(piece);
        digester.update(piece);
        await written;
      }
      return { mediaType: mediaTypes.layerTar, digest: digester.digest(), size: digester.size };
    },
  };
}
