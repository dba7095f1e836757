import { CaissonError, isCaissonError } from '../errors.js';
import type { ContentProvider, ContentStore } from '../content/content-store.js';
import type { LayerOrigins } from '../content/layer-origins.js';
import type { ImageStore, NewImage } from '../content/image-store.js';
import { openImage } from '../content/image.js';
import type { Descriptor } from '../model/descriptor.js';
import type { Platform } from '../model/platform.js';
import { familiarReference, type Reference } from '../model/reference.js';
import { contentSink } from './content-sink.js';
import type { ImageSink, ImageSource } from './image-source.js';

/**
 * An image of the local store (or of anything else that has blobs), by its root descriptor, or by what finds it. What came from a registry can be
 * mounted there.
 */
export function storeSource(content: ContentProvider, root: Descriptor | ImageSource['resolve'], name: string, origins?: Pick<LayerOrigins, 'find'>): ImageSource {
  return {
    mountBlobFrom(descriptor) {
      const { domain, path } = origins?.find(descriptor.digest)?.reference ?? {};
      return domain === undefined || path === undefined ? undefined : { host: domain, repository: path };
    },
    name,
    resolve: async (options) => (typeof root === 'function' ? root(options) : root),
    document: (descriptor) => content.read(descriptor.digest),
    has: async ({ digest }) => (await content.stat(digest)) !== undefined,
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
  return contentSink(content, name, {
    hold: options.hold,
    async finish(root) {
      const image = await openImage((d) => content.read(d.digest), root, { name, ...(options.platform ? { platform: options.platform } : {}) }).catch((error: unknown) => {
        if (isCaissonError(error, 'not-found') && error.details?.platforms) throw error;
        throw new CaissonError('invalid-content', `${name} cannot be read back from the store`, { cause: error });
      });
      const record = { target: root, id: image.manifest.config.digest };
      await images.put(record, names);
      options.onImage?.(record);
    },
  });
}
