import { CaissonError } from '../errors.js';
import type { ContentStore } from '../content/content-store.js';
import type { LayerOrigins } from '../content/layer-origins.js';
import type { ImageStore, NewImage } from '../content/image-store.js';
import { openImage } from '../content/image.js';
import type { Descriptor } from '../model/descriptor.js';
import type { Platform } from '../model/platform.js';
import { familiarReference, type Reference } from '../model/reference.js';
import type { ImageSink, ImageSource } from './image-source.js';

/** An image of the local store, by its root descriptor. What came from a registry can be mounted there. */
export function storeSource(content: ContentStore, root: Descriptor, name: string, origins?: Pick<LayerOrigins, 'find'>): ImageSource {
  return {
    mountBlobFrom(descriptor) {
      const { domain, path } = origins?.find(descriptor.digest)?.reference ?? {};
      return domain === undefined || path === undefined ? undefined : { host: domain, repository: path };
    },
    name,
    resolve: async () => root,
    document: (descriptor) => content.read(descriptor.digest),
    blob: (descriptor, options) => content.open(descriptor.digest, options),
  };
}

/**
 * Writes into the local store, and records the image under `names` when all of it is there. The caller holds a lease meanwhile:
 * `hold` is told of each blob that was there already.
 */
export function storeSink(
  store: { content: ContentStore; images: ImageStore },
  names: readonly Reference[],
  options: { hold: (digest: Descriptor['digest']) => void; platform?: Platform; onImage?: (image: NewImage) => void },
): ImageSink {
  const { content, images } = store;
  const name = names[0] ? familiarReference(names[0]) : 'the local store';
  return {
    name,
    async has({ digest }) {
      options.hold(digest);
      return (await content.stat(digest)) !== undefined;
    },
    async putBlob(descriptor, open, { signal, onBytes }) {
      // The ref is the digest: a second process that wants the same blob waits here for the first one's, and then finds it.
      await using writer = await content.writer({ ref: descriptor.digest, expected: descriptor, ...(signal ? { signal } : {}) });
      if (await content.stat(descriptor.digest)) {
        await writer.truncate();
        return;
      }
      let count = writer.offset;
      onBytes?.(count);
      if (count < descriptor.size || count === 0)
        for await (const piece of open(count)) {
          await writer.write(piece);
          onBytes?.((count += piece.byteLength));
        }
      await writer.commit();
    },
    async putManifest(descriptor, bytes, { signal }) {
      await using writer = await content.writer({ ref: descriptor.digest, expected: descriptor, ...(signal ? { signal } : {}) });
      if (await content.stat(descriptor.digest)) return;
      await writer.truncate();
      await writer.write(bytes);
      await writer.commit();
    },
    async finish(root) {
      const image = await openImage((d) => content.read(d.digest), root, { name, ...(options.platform ? { platform: options.platform } : {}) }).catch((error: unknown) => {
        throw new CaissonError('invalid-content', `${name} cannot be read back from the store`, { cause: error });
      });
      const record = { target: root, id: image.manifest.config.digest };
      await images.put(record, names);
      options.onImage?.(record);
    },
  };
}
