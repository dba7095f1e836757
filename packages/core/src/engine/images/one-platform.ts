import { openImage } from '../../content/image.js';
import type { Platform } from '../../model/platform.js';
import type { ImageSource } from '../../transfer/image-source.js';

/** Of an image for several platforms the one for this, without the others and without the index that lists them. */
export function onlyPlatform(source: ImageSource, platform: Platform): ImageSource {
  const { mountFrom } = source;
  return {
    name: source.name,
    async resolve(options) {
      const root = await source.resolve(options);
      return (await openImage((descriptor) => source.document(descriptor, options), root, { name: source.name, platform })).descriptor;
    },
    document: (descriptor, options) => source.document(descriptor, options),
    blob: (descriptor, options) => source.blob(descriptor, options),
    ...(source.has ? { has: (descriptor) => source.has?.(descriptor) ?? Promise.resolve(true) } : {}),
    ...(mountFrom ? { mountFrom } : {}),
    mountBlobFrom: (descriptor) => source.mountBlobFrom?.(descriptor),
  };
}
